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
  #columns: readonly FaultColumn[] = [];
  readonly #counts = new Map<string, number>();

  /** @param columns - the same in each run. */
  add(columns: readonly FaultColumn[], strikes: readonly Strike[]): void {
    this.#columns = columns;
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

/** Tells of each run as it ends, and at last of all of them. */
export class Report {
  readonly #level: string;
  readonly #matrix = new Matrix();
  readonly #results: Pick<RunResult, 'seed' | 'problems'>[] = [];

  constructor(level: string) {
    this.#level = level;
  }

  add({ seed, problems, columns, strikes, history }: RunResult): void {
    this.#matrix.add(columns, strikes);
    this.#results.push({ seed, problems });
    const verdict = problems.length === 0 ? 'passed' : 'failed';
    say(`seed ${String(seed)} ${verdict}${history === undefined ? '' : ` (${history})`}`);
    for (const { kind, message } of problems) say(`  ${kind}: ${message}`);
    if (problems.length > 0) say(`  again: --level ${this.#level} --seed ${String(seed)}`);
  }

  /** @returns the exit code. */
  end(): number {
    const summary = summarize(this.#results.toSorted((one, other) => one.seed - other.seed));
    say(this.#matrix.toString());
    const empty = this.#matrix.empty();
    if (empty.length > 0) say(`not struck yet: ${empty.join(', ')}`);
    say(JSON.stringify(summary));
    return summary.failingSeeds.length === 0 ? 0 : 1;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
