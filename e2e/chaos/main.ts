import { enableCompileCache } from 'node:module';
import { parseArgs } from 'node:util';
import { levels } from './levels.ts';
import { playInProcesses } from './crew.ts';
import { Report } from './report.ts';
import { faultColumns, rpcs, type FaultColumn, type Rpc } from './scenario/scenario.ts';
import { rules, takeOut } from './rules.ts';
import { runSeed } from './run.ts';

const usage = `chaos --level ${Object.keys(levels).join('|')} [--runs N] [--seed S] [--jobs N] [--trace] [--without RULE] [--only FAULT,...] [--aim CALL,...]

Plays N scripts, those of the seeds S, S+1, ...: people apply, edit, move and delete machines while processes are killed and
stopped, replies lost, streams late and hypervisors out of sight. Afterwards everything has to come to rest: one machine an object,
none lost, none too many, each as its object says. The last line is JSON.

--jobs plays so many seeds at a time, each in a process of its own. --trace tells all that happens. --without takes one rule of safety out of the programs, and stops at the first seed that fails:
${Object.keys(rules).join(', ')}.
--only plays with many faults of a few kinds: ${faultColumns.join(', ')}.
--aim lets those of them that wait for a call wait for one of these: ${rpcs.join(', ')}.`;

/** So many faults a run where they are of a few kinds. */
const many = { least: 24, most: 32 };

interface Asked {
  readonly level: string;
  readonly runs: number;
  readonly seed: number;
  readonly jobs: number;
  readonly trace: boolean;
  readonly without: string | undefined;
  readonly only: readonly FaultColumn[];
  readonly aims: readonly Rpc[];
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
        jobs: { type: 'string' },
        trace: { type: 'boolean' },
        without: { type: 'string' },
        only: { type: 'string' },
        aim: { type: 'string' },
      },
    });
    const {
      level = '',
      runs = '1',
      seed = '1',
      jobs = '1',
      trace = false,
      without,
      only: given = '',
      aim = '',
    } = values;
    if (!(level in levels)) return `--level must be one of ${Object.keys(levels).join(', ')}`;
    if (!/^[1-9]\d{0,6}$/.test(runs)) return '--runs must be a whole number from 1';
    if (!/^[1-9]\d?$/.test(jobs)) return '--jobs must be a whole number from 1 to 99';
    if (jobs !== '1' && (trace || without !== undefined)) return '--jobs goes neither with --trace nor with --without';
    const only = faultColumns.filter((column) => given.split(',').includes(column));
    if (given !== '' && given.split(',').length !== only.length)
      return `--only must be some of ${faultColumns.join(', ')}`;
    const aims = rpcs.filter((rpc) => aim.split(',').includes(rpc));
    if (aim !== '' && aim.split(',').length !== aims.length) return `--aim must be some of ${rpcs.join(', ')}`;
    if (without !== undefined && !(without in rules))
      return `--without must be one of ${Object.keys(rules).join(', ')}`;
    return /^\d{1,9}$/.test(seed)
      ? { level, runs: Number(runs), seed: Number(seed), jobs: Number(jobs), trace, without, only, aims }
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
  const report = new Report(asked.level);
  if (asked.jobs > 1) {
    const only = asked.only.length === 0 ? [] : ['--only', asked.only.join(',')];
    const aim = asked.aims.length === 0 ? [] : ['--aim', asked.aims.join(',')];
    await playInProcesses(
      asked,
      ({ seed, runs }) => ['--level', asked.level, '--seed', String(seed), '--runs', String(runs), ...only, ...aim],
      (result) => report.add(result),
    );
  } else {
    await play(asked, report);
  }
  return report.end();
}

/** Plays in this process, and tells whoever started it of each run. */
async function play(asked: Asked, report: Report): Promise<void> {
  // Before anything of a level is loaded.
  if (asked.without !== undefined) takeOut(asked.without);
  const level = await levels[asked.level]?.({
    trace: asked.trace ? (line) => process.stdout.write(`${line}\n`) : undefined,
  });
  if (!level) return;
  const few = asked.only.length === 0 ? {} : { faults: many, columns: asked.only };
  const played = { ...level, scale: { ...level.scale, ...few, aims: asked.aims } };
  for (let seed = asked.seed; seed < asked.seed + asked.runs; seed += 1) {
    const result = await runSeed(played, seed);
    report.add(result);
    process.send?.(result);
    if (result.problems.length > 0 && asked.without !== undefined) break;
  }
}

// Reading and stripping all sources is a quarter of what one run costs; the next one finds them done.
enableCompileCache();
process.exitCode = await main(process.argv.slice(2));
// The way to whoever started it would keep it alive.
if (process.connected) process.disconnect();
