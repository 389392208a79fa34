import { releasedUids } from '@virtrigaud/api-types';
import type { UnownedMachine } from './unowned.ts';

/** What came of letting a machine go, most lately. */
export interface ReleaseAttempt {
  /** Undefined: it was let go, and the hypervisor has not shown that yet. */
  readonly problem: string | undefined;
  /** In a row, with the same end. */
  readonly attempts: number;
  /** By the monotonic clock. */
  readonly retryAtMs: number;
}

/** What came of one value of the annotation `release`. */
export interface ReleaseMemory {
  readonly asked: string;
  readonly attempts: ReadonlyMap<string, ReleaseAttempt>;
}

/** What the annotation asks for and is not done yet. */
export interface ReleaseView {
  /** To be let go now. */
  readonly due: readonly UnownedMachine[];
  /** When the next one is, by the monotonic clock; undefined: nothing is held back. */
  readonly nextAtMs: number | undefined;
  /** Why some of them were not let go, by uid. */
  readonly problems: ReadonlyMap<string, string>;
}

export const nothingToRelease: ReleaseView = { due: [], nextAtMs: undefined, problems: new Map() };

/** What is to be let go now, and what later. Another value asks anew. Pure. */
export function releaseView(asked: string | undefined, { machines, memory, monotonicMs }: ReleaseInput): ReleaseView {
  if (asked === undefined || machines.length === 0) return nothingToRelease;
  const byUid = new Map(machines.map((machine) => [machine.owner.uid, machine]));
  const attempts = memory?.asked === asked ? memory.attempts : new Map<string, ReleaseAttempt>();
  const due: UnownedMachine[] = [];
  const later: number[] = [];
  const problems = new Map<string, string>();
  for (const uid of releasedUids(asked)) {
    const machine = byUid.get(uid);
    const attempt = attempts.get(uid);
    if (!machine) continue;
    if (attempt?.problem !== undefined) problems.set(uid, attempt.problem);
    if (!attempt || attempt.retryAtMs <= monotonicMs) due.push(machine);
    else later.push(attempt.retryAtMs);
  }
  return { due, nextAtMs: later.length > 0 ? Math.min(...later) : undefined, problems };
}

/** What {@link releaseView} looks at. */
export interface ReleaseInput {
  readonly machines: readonly UnownedMachine[];
  readonly memory: ReleaseMemory | undefined;
  readonly monotonicMs: number;
}

/** The memory with one attempt more. Pure. */
export function remembered(
  memory: ReleaseMemory | undefined,
  asked: string,
  [uid, attempt]: readonly [string, ReleaseAttempt],
): ReleaseMemory {
  const before = memory?.asked === asked ? memory.attempts : new Map<string, ReleaseAttempt>();
  return { asked, attempts: new Map([...before, [uid, attempt]]) };
}
