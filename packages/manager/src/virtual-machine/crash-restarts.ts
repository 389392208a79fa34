import { backoffMs } from '../transport/backoff.ts';

/** How often a crashed VM was powered off and on again, and when last (RFC 3339). */
export interface CrashRestarts {
  readonly count: number;
  readonly at: string;
}

/** Up for this long after a restart, the next crash is the first again. */
const forgivenMs = 10 * 60_000;
const backoff = { baseMs: 10_000, maxMs: 300_000 };

/** How long a crashed VM still waits for its restart, in milliseconds; 0: now. The first crash does not wait. */
export function crashWaitMs(restarts: CrashRestarts | undefined, nowMs: number): number {
  if (!restarts || nowMs - Date.parse(restarts.at) > forgivenMs) return 0;
  return Math.max(0, Date.parse(restarts.at) + backoffMs(restarts.count, backoff) - nowMs);
}

/** What the status says after one more restart. */
export function afterCrashRestart(restarts: CrashRestarts | undefined, nowMs: number): CrashRestarts {
  const forgiven = !restarts || nowMs - Date.parse(restarts.at) > forgivenMs;
  return { count: forgiven ? 1 : restarts.count + 1, at: new Date(nowMs).toISOString() };
}
