import type { Attempt, Observed, Verb } from './observed.ts';
import type { Step } from './step.ts';

/** How long a refusal stands before it is tried again, in milliseconds. */
export const stalledRetryMs = 10 * 60_000;

/** Whether what failed is refused for good: the same call would be refused again. */
export function isRefused(seen: Observed, attempt: Attempt | undefined, operationId = attempt?.operationId): boolean {
  if (attempt?.failure.class !== 'rejected' || attempt.operationId !== operationId) return false;
  const provider = seen.bound ?? seen.named;
  return attempt.fingerprint === provider.fingerprint && seen.monotonicMs < attempt.retryAtMs;
}

/**
 * Before a conclusion that cannot be taken back is drawn from an absence: waits for a Create that got no answer and that the
 * provider may still be at, then looks afresh. Undefined: there is none.
 */
export function outstandingCreate(seen: Observed): Step | undefined {
  const { createUntilMs } = seen.remembered;
  if (createUntilMs === undefined) return undefined;
  if (seen.monotonicMs < createUntilMs) return { kind: 'WaitForAbsence', untilMonotonicMs: createUntilMs };
  return heldBack(seen, 'Describe', { kind: 'Describe', at: 'Bound' }) ?? { kind: 'Stalled', verb: 'Describe' };
}

/**
 * Holds a step back that failed lately, or that was done and had no effect: as a BackOff while its time has not come, and as undefined ("the next rows apply") while
 * it is refused.
 */
export function heldBack(seen: Observed, verb: Verb, step: Step, operationId = ''): Step | undefined {
  const done = seen.remembered.done[verb];
  if (done?.operationId === operationId && seen.monotonicMs < done.retryAtMs)
    return { kind: 'BackOff', verb, untilMonotonicMs: done.retryAtMs };
  const attempt = seen.remembered.attempts[verb];
  if (!attempt || attempt.operationId !== operationId) return step;
  if (isRefused(seen, attempt)) return undefined;
  if (attempt.failure.class === 'rejected' || seen.monotonicMs >= attempt.retryAtMs) return step;
  return { kind: 'BackOff', verb, untilMonotonicMs: attempt.retryAtMs };
}
