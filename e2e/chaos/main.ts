import { parseArgs } from 'node:util';
import { levels } from './levels.ts';
import { Matrix, summarize } from './report.ts';
import { faultColumns, type FaultColumn } from './scenario/scenario.ts';
import { rules, takeOut } from './rules.ts';
import { runSeed, type RunResult } from './run.ts';

const usage = `chaos --level ${Object.keys(levels).join('|')} [--runs N] [--seed S] [--trace] [--without RULE] [--only FAULT,...]

Plays N scripts, those of the seeds S, S+1, ...: people apply, edit, move and delete machines while processes are killed and
stopped, replies lost, streams late and hypervisors out of sight. Afterwards everything has to come to rest: one machine an object,
none lost, none too many, each as its object says. The last line is JSON.

--trace tells all that happens. --without takes one rule of safety out of the programs, and stops at the first seed that fails:
${Object.keys(rules).join(', ')}.
--only plays with many faults of a few kinds: ${faultColumns.join(', ')}.`;

/** So many faults a run where they are of a few kinds. */
const many = { least: 24, most: 32 };

interface Asked {
  readonly level: string;
  readonly runs: number;
  readonly seed: number;
  readonly trace: boolean;
  readonly without: string | undefined;
  readonly only: readonly FaultColumn[];
}

/** What the command line asks for; a text: what is wrong with it. */
function readArguments(argv: readonly string[]): Asked | string {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        level: { type: 'string' },
        runs: { type: 'string' },
        seed: { type: 'string' },
        trace: { type: 'boolean' },
        without: { type: 'string' },
        only: { type: 'string' },
      },
    });
    const { level = '', runs = '1', seed = '1', trace = false, without, only: given = '' } = values;
    if (!(level in levels)) return `--level must be one of ${Object.keys(levels).join(', ')}`;
    if (!/^[1-9]\d{0,6}$/.test(runs)) return '--runs must be a whole number from 1';
    const only = faultColumns.filter((column) => given.split(',').includes(column));
    if (given !== '' && given.split(',').length !== only.length)
      return `--only must be some of ${faultColumns.join(', ')}`;
    if (without !== undefined && !(without in rules))
      return `--without must be one of ${Object.keys(rules).join(', ')}`;
    return /^\d{1,9}$/.test(seed)
      ? { level, runs: Number(runs), seed: Number(seed), trace, without, only }
      : '--seed must be a whole number';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function main(argv: readonly string[]): Promise<number> {
  const asked = readArguments(argv);
  if (typeof asked === 'string') {
    process.stderr.write(`${asked}\n\n${usage}\n`);
    return 2;
  }
  // Before anything of a level is loaded.
  if (asked.without !== undefined) takeOut(asked.without);
  const level = await levels[asked.level]?.({
    trace: asked.trace ? (line) => process.stdout.write(`${line}\n`) : undefined,
  });
  if (!level) return 2;
  const played =
    asked.only.length === 0 ? level : { ...level, scale: { ...level.scale, faults: many, columns: asked.only } };
  const matrix = new Matrix(played.scale.columns);
  const results: Pick<RunResult, 'seed' | 'problems'>[] = [];
  for (let seed = asked.seed; seed < asked.seed + asked.runs; seed += 1) {
    const { problems, strikes, history } = await runSeed(played, seed);
    matrix.add(strikes);
    results.push({ seed, problems });
    const verdict = problems.length === 0 ? 'passed' : 'failed';
    process.stdout.write(`seed ${String(seed)} ${verdict}${history === undefined ? '' : ` (${history})`}\n`);
    for (const { kind, message } of problems) process.stdout.write(`  ${kind}: ${message}\n`);
    if (problems.length === 0) continue;
    process.stdout.write(`  again: --level ${level.name} --seed ${String(seed)}\n`);
    if (asked.without !== undefined) break;
  }
  const summary = summarize(results);
  process.stdout.write(`${matrix.toString()}\n`);
  const empty = matrix.empty();
  if (empty.length > 0) process.stdout.write(`not struck yet: ${empty.join(', ')}\n`);
  process.stdout.write(`${JSON.stringify(summary)}\n`);
  return summary.failingSeeds.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
