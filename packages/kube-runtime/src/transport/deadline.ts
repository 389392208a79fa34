import { ApiError } from '../api/api-error.ts';
import type { Clock } from '../ports/clock.ts';

/** What bounds a piece of work. */
export interface Bounds {
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For messages: the request. */
  readonly what: string;
}

/** A signal that the caller and the clock can abort; always with an {@link ApiError} as its reason. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Milliseconds left; Infinity without a timeout. */
  leftMs(): number;
  /** Forgets timer and listener. */
  end(): void;
}

/** Starts the clock on a piece of work. */
export function startDeadline(clock: Clock, bounds: Bounds): Deadline {
  const controller = new AbortController();
  const { timeoutMs, signal, what } = bounds;
  const endMs = timeoutMs === undefined ? Infinity : clock.monotonicMs() + timeoutMs;
  const cancel = (): void =>
    controller.abort(new ApiError('Cancelled', `${what}: cancelled`, { cause: signal?.reason }));
  const expire = (): void =>
    controller.abort(new ApiError('Timeout', `${what}: no answer within ${String(timeoutMs)} ms`));
  const cancelTimer = timeoutMs === undefined ? undefined : clock.schedule(timeoutMs, expire);
  if (signal?.aborted) cancel();
  else signal?.addEventListener('abort', cancel, { once: true });
  return {
    signal: controller.signal,
    leftMs: () => Math.max(0, endMs - clock.monotonicMs()),
    end: () => {
      cancelTimer?.();
      signal?.removeEventListener('abort', cancel);
    },
  };
}
