/** A table as the API server makes it: `meta.k8s.io/v1` Table. */
export interface ServerTable {
  readonly columnDefinitions?: readonly { readonly name: string; readonly priority?: number }[];
  readonly rows?: readonly {
    readonly cells: readonly unknown[];
    readonly object?: { readonly metadata?: { readonly name?: string; readonly namespace?: string } };
  }[];
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

/** What to ask for, to be answered with a Table where the server can. */
export const TABLE_MEDIA_TYPE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** How to print a table. */
export interface TableView {
  /** Whether columns of lower priority are shown. */
  readonly columns: 'usual' | 'wide';
  /** Whether the namespace is a column. */
  readonly namespaces: 'shown' | 'hidden';
  /** Printed before each name, with a slash, where several resources are printed. */
  readonly prefix?: string;
}

/** The header of a table, one cell a column. */
export function headerOf(table: ServerTable, view: TableView): readonly string[] {
  const names = shown(table, view).map((index) => table.columnDefinitions?.[index]?.name.toUpperCase() ?? '');
  return view.namespaces === 'shown' ? ['NAMESPACE', ...names] : names;
}

/** The rows of a table, one cell a column. */
export function rowsOf(
  table: ServerTable,
  view: TableView,
  definitions: ServerTable = table,
): readonly (readonly string[])[] {
  const indexes = shown(definitions, view);
  return (table.rows ?? []).map(({ cells, object }) => {
    const texts = indexes.map((index) => textOf(cells[index]));
    const named = view.prefix === undefined ? texts : [`${view.prefix}/${texts[0] ?? ''}`, ...texts.slice(1)];
    return view.namespaces === 'shown' ? [object?.metadata?.namespace ?? '', ...named] : named;
  });
}

const shown = ({ columnDefinitions = [] }: ServerTable, { columns }: TableView) =>
  columnDefinitions.flatMap(({ priority = 0 }, index) => (columns === 'wide' || priority === 0 ? [index] : []));

function textOf(cell: unknown): string {
  if (cell === null || cell === undefined || cell === '') return '<none>';
  return typeof cell === 'string' ? cell : JSON.stringify(cell);
}
