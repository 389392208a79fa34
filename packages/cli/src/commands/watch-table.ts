import { ApiError, isGone } from '@virtrigaud/kube-runtime';
import { pathOf } from '../api/api-resource.ts';
import { CliError } from '../cli-error.ts';
import { columns, widthsOf } from '../output/columns.ts';
import { headerOf, rowsOf, TABLE_MEDIA_TYPE, type ServerTable } from '../output/server-table.ts';
import { fetchTable, viewOf, type Run, type Wanted } from './get-table.ts';

/**
 * Prints the table, then a row for each change that shows in it, until interrupted.
 *
 * @throws CliError `BadInput` when several things are to be watched, or not as a table.
 */
export async function watchTable(wanted: readonly Wanted[], run: Run): Promise<void> {
  const [one, ...more] = wanted;
  const { output } = run.flags;
  if (one === undefined || more.length > 0)
    throw new CliError('BadInput', 'one resource, or one object, can be watched at a time');
  if (output !== undefined && output !== 'wide')
    throw new CliError('BadInput', `-w prints tables: leave out -o ${output}`);
  const view = viewOf(run.flags, wanted, one);
  const printer = rowPrinter((text) => run.system.terminal.out(text));
  for (let isFirst = true; ; isFirst = false) {
    // The list, even for one object: it may not be there yet, and a watch goes on from a list.
    const table = await fetchTable({ ...one, name: undefined }, run);
    const rows = rowsOf({ ...table, rows: (table.rows ?? []).filter(isWanted(one)) }, view);
    if (isFirst) printer.header(headerOf(table, view), rows);
    else printer.rows(rows);
    try {
      for await (const changed of changes(one, table.metadata?.resourceVersion, run))
        printer.rows(rowsOf(changed, view, table));
    } catch (error) {
      if (error instanceof ApiError && error.code === 'Cancelled') return;
      if (!isGone(error)) throw error;
    }
  }
}

/** The tables, of one row each, that the server sends; ends when the server does, or no longer knows where it was. */
async function* changes(
  { resource: of, name, namespace }: Wanted,
  resourceVersion: string | undefined,
  { flags, session, system }: Run,
): AsyncGenerator<ServerTable> {
  const fieldSelector = name === undefined ? undefined : `metadata.name=${name}`;
  const query = { watch: true, resourceVersion, labelSelector: flags.selector, fieldSelector };
  const request = { method: 'GET', path: pathOf(of, { namespace }), query, signal: system.signal } as const;
  for await (const event of session.transport.stream({ ...request, accept: TABLE_MEDIA_TYPE })) {
    const { type, object } = event as { readonly type: string; readonly object: ServerTable };
    if (type === 'ERROR') return;
    if (type !== 'BOOKMARK') yield object;
  }
}

const isWanted =
  ({ name }: Wanted) =>
  ({ object }: NonNullable<ServerTable['rows']>[number]) =>
    name === undefined || object?.metadata?.name === name;

/** Prints rows under a header; columns only ever grow, and a row that says what the last one of its object said is left out. */
export function rowPrinter(out: (text: string) => void) {
  let widths: readonly number[] = [];
  let ageColumn = -1;
  let nameColumn = 0;
  const last = new Map<string, string>();
  const isNews = (row: readonly string[]) => {
    const key = row.slice(0, nameColumn + 1).join('/');
    const said = JSON.stringify(row.filter((_, column) => column !== ageColumn));
    if (last.get(key) === said) return false;
    last.set(key, said);
    return true;
  };
  const print = (rows: readonly (readonly string[])[]) => {
    if (rows.length === 0) return;
    widths = widthsOf(rows, widths);
    out(columns(rows, widths));
  };
  return {
    header: (header: readonly string[], rows: readonly (readonly string[])[]) => {
      ageColumn = header.indexOf('AGE');
      nameColumn = header.indexOf('NAME');
      print([header, ...rows.filter(isNews)]);
    },
    rows: (rows: readonly (readonly string[])[]) => print(rows.filter(isNews)),
  };
}
