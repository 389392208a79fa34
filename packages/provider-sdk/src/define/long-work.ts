import type { Task } from '../domain/task.ts';
import type { MutationContext } from '../implementation.ts';
import { pause } from '../session/back-off.ts';

/** How long the author's promise may take before its caller is given a task instead. */
const PATIENCE_MS = 1_000;

/** What a task of the work tells. */
export interface LongWork<T> {
  readonly vmId: string | undefined;
  /** What the work made, or was done to: a VM's id. */
  readonly resultId: (value: T) => string;
}

/** Waits a moment for work; what is not over by then goes on as a task of the same operation. */
export async function orTask<T>(
  call: MutationContext,
  { vmId, resultId }: LongWork<T>,
  work: (effect: MutationContext) => Promise<T>,
): Promise<{ readonly value: T } | { readonly task: Task }> {
  const detached = new AbortController();
  let hasBegun = false;
  // The call's own signal ends with the call; work that goes on must not end with it.
  const running = work({
    owner: call.owner,
    operationId: call.operationId,
    logger: call.logger,
    signal: detached.signal,
    remainingMs: () => Number.POSITIVE_INFINITY,
    checkTerm: () => {
      call.checkTerm();
    },
    checkToBegin: () => {
      call.checkToBegin();
    },
    checkBeforeEffect: () => {
      if (hasBegun) call.checkTerm();
      else call.checkToBegin();
      hasBegun = true;
      detached.signal.throwIfAborted();
    },
    startTask: (start, run) => call.startTask(start, run),
  });
  const waited = new AbortController();
  const first = await Promise.race([
    running.then((value) => ({ value })),
    pause(PATIENCE_MS, waited.signal).then(() => undefined),
  ]).finally(() => {
    waited.abort();
  });
  if (first) return first;
  const task = call.startTask({ vmId, cancellable: true }, async ({ signal }) => {
    signal.addEventListener('abort', () => {
      detached.abort(signal.reason);
    });
    return { resultId: resultId(await running) };
  });
  return { task };
}
