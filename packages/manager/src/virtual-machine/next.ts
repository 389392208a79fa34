import { priorities, type Result } from '@virtrigaud/kube-runtime';
import { stalledRetryMs } from './held-back.ts';
import { taskSilenceMs } from './observe.ts';
import type { Observed } from './observed.ts';
import { askAgainMs } from './plan-convergence.ts';
import type { Step } from './step.ts';

/** A Secret is read by name, so nothing tells of its change. */
const secretPollMs = 15_000;

/** When a VM is looked at again by itself; everything else wakes it through what it waits for. */
export function next(step: Step, seen: Observed): Result {
  const at = (untilMs: number): Result => ({ kind: 'requeue', afterMs: Math.max(10, untilMs - seen.monotonicMs) });
  const after = (afterMs: number): Result => ({ kind: 'requeue', afterMs });
  switch (step.kind) {
    case 'BackOff':
    case 'WaitForAbsence':
    case 'WaitForShutdown':
    case 'WaitAfterCrash':
      return at(step.untilMonotonicMs);
    case 'AwaitTask':
    case 'CancelTask':
      return after(taskSilenceMs);
    case 'WaitForDependency':
      return seen.wanted.problem?.message.startsWith('Secret ') ? after(secretPollMs) : { kind: 'done' };
    case 'Stalled':
    case 'Vanished':
    case 'ProviderMismatch':
      return { kind: 'requeue', afterMs: stalledRetryMs, priority: priorities.resync };
    case 'Power':
      return after(askAgainMs);
    case 'Settled': {
      const refused = retriesAhead(seen);
      if (seen.remembered.reconfigured) refused.push(seen.monotonicMs + stalledRetryMs);
      return refused.length > 0 ? at(Math.min(...refused)) : { kind: 'done' };
    }
    default: {
      const retries = retriesAhead(seen);
      return retries.length > 0 ? at(Math.min(...retries)) : { kind: 'done' };
    }
  }
}

/** When what failed may be tried again. A time that is over holds nothing back: something else does, and that wakes it. */
function retriesAhead({ remembered, monotonicMs }: Observed): number[] {
  return Object.values(remembered.attempts)
    .map(({ retryAtMs }) => retryAtMs)
    .filter((retryAtMs) => retryAtMs > monotonicMs);
}
