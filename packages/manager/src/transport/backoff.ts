import type { Random } from '@virtrigaud/kube-runtime';

/** How waits between attempts grow. */
export interface Backoff {
  /** First wait in milliseconds; doubles with each attempt. */
  readonly baseMs: number;
  /** Longest wait in milliseconds. */
  readonly maxMs: number;
}

/** The wait before attempt `attempt` (1 is the first repetition), without chance. Pure. */
export function backoffMs(attempt: number, { baseMs, maxMs }: Backoff): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(30, Math.max(0, attempt - 1)));
}

/** The same with half of it left to chance, so that many who failed together do not return together. */
export function jitteredBackoffMs(attempt: number, backoff: Backoff, random: Random): number {
  const fullMs = backoffMs(attempt, backoff);
  return fullMs / 2 + (fullMs / 2) * random();
}
