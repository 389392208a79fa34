import { parseArgs } from 'node:util';
import { levels } from './levels.ts';
import { Matrix, summarize } from './report.ts';
import { runSeed, type RunResult } from './run.ts';

const usage = `chaos --level ${Object.keys(levels).join('|')} [--runs N] [--seed S] [--trace]

Plays N scripts, those of the seeds S, S+1, ...: people apply, edit, move and delete machines while processes are killed and
stopped, replies lost, streams late and hypervisors out of sight. Afterwards everything has to come to rest: one machine an object,
none lost, none too many, each as its object says. --trace tells all that happens. The last line is JSON.`;

/** What the command line asks for; a text: what is wrong with it. */
function readArguments(
  argv: readonly string[],
): { level: string; runs: number; seed: number; trace: boolean } | string {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        level: { type: 'string' },
        runs: { type: 'string' },
        seed: { type: 'string' },
        trace: { type: 'boolean' },
      },
    });
    const { level = '', runs = '1', seed = '1', trace = false } = values;
    if (!(level in levels)) return `--level must be one of ${Object.keys(levels).join(', ')}`;
    if (!/^[1-9]\d{0,6}$/.test(runs)) return '--runs must be a whole number from 1';
    return /^\d{1,9}$/.test(seed)
      ? { level, runs: Number(runs), seed: Number(seed), trace }
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
  const level = await levels[asked.level]?.({
    trace: asked.trace ? (line) => process.stdout.write(`${line}\n`) : undefined,
  });
  if (!level) return 2;
  const matrix = new Matrix(level.scale.columns);
  const results: Pick<RunResult, 'seed' | 'problems'>[] = [];
  for (let seed = asked.seed; seed < asked.seed + asked.runs; seed += 1) {
    const { problems, strikes } = await runSeed(level, seed);
    matrix.add(strikes);
    results.push({ seed, problems });
    if (problems.length === 0) continue;
    process.stdout.write(`seed ${String(seed)} failed; again: --level ${level.name} --seed ${String(seed)}\n`);
    for (const { kind, message } of problems) process.stdout.write(`  ${kind}: ${message}\n`);
  }
  const summary = summarize(results);
  process.stdout.write(`${matrix.toString()}\n`);
  const empty = matrix.empty();
  if (empty.length > 0) process.stdout.write(`not struck yet: ${empty.join(', ')}\n`);
  process.stdout.write(`${JSON.stringify(summary)}\n`);
  return summary.failingSeeds.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
