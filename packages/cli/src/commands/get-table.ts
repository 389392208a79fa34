import { pathOf, qualifiedName, type ApiResource } from '../api/api-resource.ts';
import { TABLE_MEDIA_TYPE, type ServerTable, type TableView } from '../output/server-table.ts';
import type { Session, TargetFlags } from '../target/session.ts';
import type { System } from '../terminal/terminal.ts';

/** Options of `get`. */
export interface GetFlags extends TargetFlags {
  readonly output?: 'json' | 'yaml' | 'wide' | 'name';
  readonly watch?: boolean;
  readonly allNamespaces?: boolean;
  readonly selector?: string;
}

/** What to print: the objects of one resource, or one of them. */
export interface Wanted {
  readonly resource: ApiResource;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
}

/** One call of `get`. */
export interface Run {
  readonly flags: GetFlags;
  readonly session: Session;
  readonly system: System;
}

/** How the table of one of several resources is printed. */
export function viewOf(flags: GetFlags, wanted: readonly Wanted[], { resource: of }: Wanted): TableView {
  const isOneOfMany = new Set(wanted.map((one) => one.resource.kind)).size > 1;
  return {
    columns: flags.output === 'wide' ? 'wide' : 'usual',
    namespaces: flags.allNamespaces && of.namespaced ? 'shown' : 'hidden',
    ...(isOneOfMany ? { prefix: qualifiedName(of) } : {}),
  };
}

/** All pages of the server's table. */
export async function fetchTable(wanted: Wanted, { flags, session, system }: Run): Promise<ServerTable> {
  const { resource: of, name, namespace } = wanted;
  const path = pathOf(of, { namespace, name });
  const query = name === undefined ? { labelSelector: flags.selector, limit: 500 } : {};
  const rows: NonNullable<ServerTable['rows']>[number][] = [];
  for (let token: string | undefined; ;) {
    const request = { method: 'GET', path, accept: TABLE_MEDIA_TYPE, signal: system.signal } as const;
    const page = (await session.transport.request({ ...request, query: { ...query, continue: token } })) as ServerTable;
    rows.push(...(page.rows ?? []));
    token = page.metadata?.continue;
    if (!token) return { ...page, rows };
  }
}
