import type { Strike } from './level.ts';
import type { RunResult } from './run.ts';
import { rpcs, type FaultColumn } from './scenario/scenario.ts';

/** What all runs together came to: the last line of the output. */
export interface Summary {
  readonly runs: number;
  readonly lost: number;
  readonly doubled: number;
  readonly stuck: number;
  readonly failingSeeds: readonly number[];
}

/** Counts runs, and runs with problems of each kind. */
export function summarize(results: readonly Pick<RunResult, 'seed' | 'problems'>[]): Summary {
  const having = (kind: string) =>
    results.filter(({ problems }) => problems.some((problem) => problem.kind === kind)).length;
  return {
    runs: results.length,
    lost: having('lost'),
    doubled: having('doubled'),
    stuck: having('stuck'),
    failingSeeds: results.filter(({ problems }) => problems.length > 0).map(({ seed }) => seed),
  };
}

/** How often each fault struck each call. */
export class Matrix {
  readonly #columns: readonly FaultColumn[];
  readonly #counts = new Map<string, number>();

  constructor(columns: readonly FaultColumn[]) {
    this.#columns = columns;
  }

  add(strikes: readonly Strike[]): void {
    for (const { column, rpc } of strikes) {
      const key = `${column}/${rpc}`;
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    }
  }

  /** Cells that nothing has struck. */
  empty(): readonly string[] {
    return this.#columns.flatMap((column) =>
      rpcs.filter((rpc) => !this.#counts.has(`${column}/${rpc}`)).map((rpc) => `${column} x ${rpc}`),
    );
  }

  /** As a table: a row a call, a column a fault. */
  toString(): string {
    const cells = rpcs.map((rpc) => [
      rpc,
      ...this.#columns.map((column) => String(this.#counts.get(`${column}/${rpc}`) ?? 0)),
    ]);
    const rows = [['', ...this.#columns], ...cells];
    const widths = rows[0]?.map((_cell, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
    return rows
      .map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))))
      .map((row) => row.join('  ').trimEnd())
      .join('\n');
  }
}
