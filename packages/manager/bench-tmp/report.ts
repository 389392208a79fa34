import type { Counts } from './statistics.ts';
import { rounded } from './statistics.ts';

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
  const [what, value] = ['measured', 'value'];
  const widths = [
    Math.max(what.length, ...rows.map((row) => row.what.length)),
    Math.max(value.length, ...rows.map((row) => row.value.length)),
  ] as const;
  const line = (a: string, b: string): string => `| ${a.padEnd(widths[0])} | ${b.padEnd(widths[1])} |`;
  return [
    line(what, value),
    line('-'.repeat(widths[0]), '-'.repeat(widths[1])),
    ...rows.map((row) => line(row.what, row.value)),
  ].join('\n');
}

/** Counts in words, each divided: `POST 2.01, PATCH 3`. */
export function inWords(counts: Counts, dividedBy = 1): string {
  const words = Object.entries(counts)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, count]) => `${name} ${String(rounded(count / dividedBy))}`);
  return words.join(', ') || 'none';
}
