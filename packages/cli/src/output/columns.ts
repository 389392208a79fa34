/** Lines of text in columns that are as wide as their widest cell, three spaces apart. */
export function columns(rows: readonly (readonly string[])[], least: readonly number[] = []): string {
  const widths = widthsOf(rows, least);
  return rows.map((row) => `${line(row, widths)}\n`).join('');
}

/** The width of each column. */
export function widthsOf(rows: readonly (readonly string[])[], least: readonly number[] = []): readonly number[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: count }, (_, column) =>
    Math.max(least[column] ?? 0, ...rows.map((row) => row[column]?.length ?? 0)),
  );
}

const line = (row: readonly string[], widths: readonly number[]) =>
  row
    .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 3)))
    .join('')
    .trimEnd();
