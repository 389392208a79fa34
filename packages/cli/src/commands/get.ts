import { ApiError, isGone, isNotFound, objectKey, resource } from '@virtrigaud/kube-runtime';
import { stringify } from 'yaml';
import { pathOf, qualifiedName, type ApiResource } from '../api/api-resource.ts';
import type { LiveObject } from '../api/live-object.ts';
import { resolveName } from '../api/resolve-resource.ts';
import { parseSelection } from '../api/selection.ts';
import { CliError } from '../cli-error.ts';
import { columns, widthsOf } from '../output/columns.ts';
import { headerOf, rowsOf, TABLE_MEDIA_TYPE, type ServerTable, type TableView } from '../output/server-table.ts';
import { withSession, type Session, type TargetFlags } from '../target/session.ts';
import type { System } from '../terminal/terminal.ts';

/** Options of `get`. */
export interface GetFlags extends TargetFlags {
  readonly output?: 'json' | 'yaml' | 'wide' | 'name';
  readonly watch?: boolean;
  readonly allNamespaces?: boolean;
  readonly selector?: string;
}

/** What to print: the objects of one resource. */
interface Wanted {
  readonly resource: ApiResource;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
}

/** Prints objects: as the server's table, or whole. */
export async function get(words: readonly string[], flags: GetFlags, system: System): Promise<void> {
  const selected = parseSelection(words);
  await withSession(flags, system, async (session) => {
    const wanted: Wanted[] = [];
    for (const { resource: word, name } of selected) {
      for (const found of await resolveName(session.transport, word)) {
        const scoped = found.namespaced && !flags.allNamespaces;
        wanted.push({ resource: found, name, namespace: scoped ? session.namespace : undefined });
      }
    }
    if (flags.watch) return watch(wanted, { flags, session, system });
    if (flags.output === undefined || flags.output === 'wide') return printTables(wanted, { flags, session, system });
    return printObjects(wanted, { flags, session, system });
  });
}

interface Run {
  readonly flags: GetFlags;
  readonly session: Session;
  readonly system: System;
}

const viewOf = (flags: GetFlags, wanted: readonly Wanted[], { resource: of }: Wanted): TableView => ({
  columns: flags.output === 'wide' ? 'wide' : 'usual',
  namespaces: flags.allNamespaces && of.namespaced ? 'shown' : 'hidden',
  ...(new Set(wanted.map((one) => one.resource.kind)).size > 1 ? { prefix: qualifiedName(of) } : {}),
});

async function fetchTable(
  { resource: of, name, namespace }: Wanted,
  { flags, session, system }: Run,
): Promise<ServerTable> {
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

async function printTables(wanted: readonly Wanted[], run: Run): Promise<void> {
  const { terminal } = run.system;
  // Names of one resource belong in one table.
  const blocks = new Map<string, { readonly header: readonly string[]; readonly rows: (readonly string[])[] }>();
  const missing: string[] = [];
  for (const one of wanted) {
    const view = viewOf(run.flags, wanted, one);
    try {
      const table = await fetchTable(one, run);
      const block = blocks.get(qualifiedName(one.resource)) ?? { header: headerOf(table, view), rows: [] };
      block.rows.push(...rowsOf(table, view));
      blocks.set(qualifiedName(one.resource), block);
    } catch (error) {
      if (one.name === undefined || !isNotFound(error)) throw error;
      missing.push(`${qualifiedName(one.resource)}/${one.name} is not there`);
    }
  }
  const full = [...blocks.values()].filter(({ rows }) => rows.length > 0);
  terminal.out(full.map(({ header, rows }) => columns([header, ...rows])).join('\n'));
  if (missing.length > 0) throw new CliError('Refused', missing.join('\n'));
  if (full.length === 0) terminal.note(`nothing found${whereOf(run, wanted)}\n`);
}

const whereOf = ({ session }: Run, wanted: readonly Wanted[]) =>
  wanted.some(({ namespace }) => namespace !== undefined) ? ` in namespace ${session.namespace}` : '';

async function printObjects(wanted: readonly Wanted[], { flags, session, system }: Run): Promise<void> {
  const { terminal, signal } = system;
  const items: LiveObject[] = [];
  for (const { resource: of, name, namespace } of wanted) {
    const client = resource<LiveObject>(session.transport, of);
    if (name !== undefined) items.push(await client.get(objectKey({ namespace, name }), { signal }));
    else items.push(...(await client.list({ namespace, labelSelector: flags.selector, signal })).items);
  }
  if (flags.output === 'name') {
    const named = items.map((item) => `${qualifiedOf(item, wanted)}/${item.metadata.name}\n`);
    return terminal.out(named.join(''));
  }
  const [only] = wanted;
  const printed =
    wanted.length === 1 && only?.name !== undefined ? items[0] : { apiVersion: 'v1', kind: 'List', items };
  terminal.out(
    flags.output === 'yaml' ? stringify(printed, { version: '1.1' }) : `${JSON.stringify(printed, null, 2)}\n`,
  );
}

const qualifiedOf = ({ kind }: LiveObject, wanted: readonly Wanted[]) => {
  const found = wanted.find(({ resource: of }) => of.kind === kind);
  return found === undefined ? kind.toLowerCase() : qualifiedName(found.resource);
};

/** Prints the table, then a row for each change, until interrupted. */
async function watch(wanted: readonly Wanted[], run: Run): Promise<void> {
  const [one, ...more] = wanted;
  if (one === undefined || more.length > 0)
    throw new CliError('BadInput', 'one resource, or one object, can be watched at a time');
  const { flags, session, system } = run;
  if (flags.output === 'json' || flags.output === 'yaml' || flags.output === 'name')
    throw new CliError('BadInput', `-w prints tables: leave out -o ${flags.output}`);
  const view = viewOf(flags, wanted, one);
  const list: Wanted = { ...one, name: undefined };
  const byName = one.name === undefined ? {} : { fieldSelector: `metadata.name=${one.name}` };
  let widths: readonly number[] = [];
  const print = (rows: readonly (readonly string[])[]) => {
    widths = widthsOf(rows, widths);
    system.terminal.out(columns(rows, widths));
  };
  for (let isFirst = true; ; isFirst = false) {
    const table = await fetchTable(list, run);
    const rows = rowsOf({ ...table, rows: (table.rows ?? []).filter(isWanted(one)) }, view);
    if (isFirst) print([headerOf(table, view), ...rows]);
    else if (rows.length > 0) print(rows);
    const query = {
      watch: true,
      resourceVersion: table.metadata?.resourceVersion,
      labelSelector: flags.selector,
      ...byName,
    };
    const request = { method: 'GET', path: pathOf(one.resource, { namespace: one.namespace }), query } as const;
    try {
      for await (const event of session.transport.stream({
        ...request,
        accept: TABLE_MEDIA_TYPE,
        signal: system.signal,
      })) {
        const { type, object } = event as { readonly type: string; readonly object: ServerTable };
        if (type === 'ERROR') break;
        if (type !== 'BOOKMARK') print(rowsOf(object, view, table));
      }
    } catch (error) {
      if (error instanceof ApiError && error.code === 'Cancelled') return;
      if (!isGone(error)) throw error;
    }
  }
}

const isWanted =
  ({ name }: Wanted) =>
  ({ object }: NonNullable<ServerTable['rows']>[number]) =>
    name === undefined || object?.metadata?.name === name;
