import type { Clock } from './clock.ts';

/** Resolves after `delayMs`, or as soon as `signal` is aborted: look at the signal to know which. Never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.schedule(delayMs, finish);
    signal?.addEventListener('abort', finish, { once: true });
  });
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Resolves when `work` settles, after `waitMs`, or when `signal` is aborted; whichever is first. Leaves no timer behind. */
export async function settledWithin(clock: Clock, work: Promise<unknown>, wait: Wait): Promise<void> {
  const settled = new AbortController();
  const stop = AbortSignal.any([settled.signal, ...(wait.signal === undefined ? [] : [wait.signal])]);
  const settle = (): void => settled.abort();
  void work.then(settle, settle);
  await sleep(clock, wait.waitMs, stop);
}

/** How long to wait at most. */
export interface Wait {
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}
