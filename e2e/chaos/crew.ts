import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RunResult } from './run.ts';

/** So many seeds a process, so that what a killed program of the simulation leaves behind in memory is bounded. */
const seedsEach = 25;

/** What a process of the crew is told in its arguments. */
export interface Share {
  readonly seed: number;
  readonly runs: number;
}

/** Cuts the seeds into shares. Pure. */
export function sharesOf({ seed, runs }: Share): readonly Share[] {
  const count = Math.ceil(runs / seedsEach);
  return Array.from({ length: count }, (_, at) => ({
    seed: seed + at * seedsEach,
    runs: Math.min(seedsEach, runs - at * seedsEach),
  }));
}

/**
 * Plays seeds in several processes at once, each of which plays a share and tells of each run.
 *
 * @param jobs - how many at a time.
 * @param argumentsOf - the command line of a process that plays a share, without the program.
 * @throws what a process ended with that did not play its share to the end.
 */
export async function playInProcesses(
  asked: Share & { readonly jobs: number },
  argumentsOf: (share: Share) => readonly string[],
  played: (result: RunResult) => void,
): Promise<void> {
  const left = [...sharesOf(asked)];
  const worker = async (): Promise<void> => {
    for (let share = left.shift(); share !== undefined; share = left.shift()) {
      await playShare(share, argumentsOf(share), played);
    }
  };
  await Promise.all(Array.from({ length: asked.jobs }, worker));
}

async function playShare(share: Share, argv: readonly string[], played: (result: RunResult) => void): Promise<void> {
  const child = fork(fileURLToPath(new URL('./main.ts', import.meta.url)), argv, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let told = 0;
  child.on('message', (result: RunResult) => {
    told += 1;
    played(result);
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (...end) => resolve(end));
  });
  if (told === share.runs) return;
  throw new Error(
    `the process that played seeds ${String(share.seed)} to ${String(share.seed + share.runs - 1)} ended with ${signal ?? `code ${String(code)}`} after ${String(told)}`,
  );
}
