import { checkTruth, type Problem } from './checker/check-truth.ts';
import type { Machine, Truth } from './checker/truth.ts';
import type { Level, Strike, World } from './level.ts';
import { composeScenario } from './scenario/compose.ts';
import type { FaultColumn, Wish } from './scenario/scenario.ts';

/** What came of one run. */
export interface RunResult {
  readonly seed: number;
  readonly operations: number;
  readonly faults: number;
  /** Empty: it passed. */
  readonly problems: readonly Problem[];
  /** The faults that there might have been. */
  readonly columns: readonly FaultColumn[];
  readonly strikes: readonly Strike[];
  /** What tells its history from any other; undefined: the level does not replay exactly. */
  readonly history: string | undefined;
}

/** How often it is looked whether everything has come to rest, and for how long it has to stay so, in milliseconds. */
const lookEveryMs = 2_000;
const restMs = 30_000;

/** Plays one seed's script in a world of its own, waits for rest, and judges what is there. */
export async function runSeed(level: Level, seed: number): Promise<RunResult> {
  const { lines } = composeScenario(seed, level.scale);
  const world = await level.start(seed);
  try {
    const wanted = new Map<string, Wish | undefined>();
    for (const { afterMs, operation, fault } of lines) {
      await world.pause(afterMs);
      if (fault) await world.inflict(fault);
      else if ((await world.perform(operation)) === 'done')
        wanted.set(operation.vm, operation.kind === 'delete' ? undefined : operation.wish);
    }
    await world.heal();
    const problems = await settle(world, wanted, level.patienceMs);
    const faults = lines.filter(({ fault }) => fault).length;
    const operations = lines.length - faults;
    return {
      ...{ seed, operations, faults, problems, columns: level.scale.columns },
      ...{ strikes: world.strikes(), history: world.history?.() },
    };
  } finally {
    await world.stop();
  }
}

/** Waits until all is well and stays well. @returns what is still wrong when patience is over. */
async function settle(
  world: World,
  wanted: ReadonlyMap<string, Wish | undefined>,
  patienceMs: number,
): Promise<readonly Problem[]> {
  let problems: readonly Problem[] = [];
  for (let waitedMs = 0; waitedMs <= patienceMs; waitedMs += lookEveryMs) {
    await world.pause(lookEveryMs);
    const truth = await world.truth();
    problems = checkTruth(truth, wanted);
    if (problems.length > 0) {
      // What happened on the way is not undone by waiting.
      if (problems.length === truth.incidents.length) return problems;
      continue;
    }
    await world.pause(restMs);
    const later = await world.truth();
    problems = [...checkTruth(later, wanted), ...reborn(truth, later)];
    if (problems.length === 0) return [];
  }
  return problems;
}

/** A machine that is at rest is not made again. */
function reborn(before: Truth, after: Truth): readonly Problem[] {
  const birthOf = (machines: readonly Machine[], id: string) => machines.find((machine) => machine.id === id)?.birth;
  return before.machines
    .filter(({ id, birth }) => birth !== undefined && birthOf(after.machines, id) !== birth)
    .map(({ name }) => ({ kind: 'lost', message: `${name} was made again while nothing was wanted of it` }));
}
