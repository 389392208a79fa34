import type { Clock } from '../clock.ts';
import type { LibvirtErrorKind } from '../libvirt-error.ts';

/** What may end a wait early. */
export interface Limits {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Why a wait ended early. */
export interface EarlyEnd {
  readonly kind: Extract<LibvirtErrorKind, 'timeout' | 'aborted'>;
  readonly message: string;
  readonly cause?: unknown;
}

/**
 * Watches a deadline and a signal; calls back at most once, and synchronously if the signal has fired already.
 *
 * @returns A function that stops watching.
 */
export function watchLimits(limits: Limits, clock: Clock, onEnd: (end: EarlyEnd) => void): () => void {
  const { signal, timeoutMs } = limits;
  const onAbort = (): void => {
    stop();
    onEnd({ kind: 'aborted', message: 'the caller gave it up', cause: signal?.reason });
  };
  const cancel = clock.schedule(() => {
    stop();
    onEnd({ kind: 'timeout', message: `no answer within ${timeoutMs} ms` });
  }, timeoutMs);
  const stop = (): void => {
    cancel();
    signal?.removeEventListener('abort', onAbort);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  return stop;
}
