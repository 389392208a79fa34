import type { Counts } from './statistics.ts';
import { rounded } from './statistics.ts';
import type { Hop } from './trace/hops.ts';

/** What `--json` prints: these keys and no others. */
export interface Figures {
  readonly oneVm: { readonly p50Ms: number; readonly p99Ms: number };
  readonly thousandVms: { readonly seconds: number };
  readonly perVm: { readonly writes: number; readonly rpcs: number };
  readonly rest: { readonly writes: number; readonly rpcs: number; readonly cpuSeconds: number };
  /** Null: not measured in this run. */
  readonly rssMiB: { readonly vms1000: number | null; readonly vms10000: number | null };
  readonly changeToStatusMs: number;
  readonly fairness: { readonly ratio: number };
}

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly value: string;
}

/** A Markdown table, so that it can be put into a document as it is. */
export function tableOf(rows: readonly Row[]): string {
  return markdown([['measured', 'value'], ...rows.map(({ what, value }) => [what, value])]);
}

/** The same of a trace: what happened, how long after the one before, and how long after the beginning. */
export function traceTableOf(hops: readonly Hop[]): string {
  const ms = (value: number): string => `${value.toFixed(2)} ms`;
  return markdown([
    ['what happens', 'after the line before', 'after the beginning'],
    ...hops.map(({ what, sinceMs, atMs }) => [what, ms(sinceMs), ms(atMs)]),
  ]);
}

function markdown([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** Counts in words, each divided: `POST 2.01, PATCH 3`. */
export function inWords(counts: Counts, dividedBy = 1): string {
  const words = Object.entries(counts)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, count]) => `${name} ${String(rounded(count / dividedBy))}`);
  return words.join(', ') || 'none';
}
