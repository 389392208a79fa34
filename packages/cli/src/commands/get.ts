import { isNotFound, objectKey, resource } from '@virtrigaud/kube-runtime';
import { stringify } from 'yaml';
import { qualifiedName } from '../api/api-resource.ts';
import type { LiveObject } from '../api/live-object.ts';
import { resolveName } from '../api/resolve-resource.ts';
import { parseSelection } from '../api/selection.ts';
import { CliError } from '../cli-error.ts';
import { columns } from '../output/columns.ts';
import { headerOf, rowsOf } from '../output/server-table.ts';
import { withSession } from '../target/session.ts';
import type { System } from '../terminal/terminal.ts';
import { fetchTable, viewOf, type GetFlags, type Run, type Wanted } from './get-table.ts';
import { watchTable } from './watch-table.ts';

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
    if (flags.watch) return watchTable(wanted, { flags, session, system });
    if (flags.output === undefined || flags.output === 'wide') return printTables(wanted, { flags, session, system });
    return printObjects(wanted, { flags, session, system });
  });
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
