import { setTimeout as delay } from 'node:timers/promises';

/** Waits; throws the signal's reason when it aborts. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => {
    signal.throwIfAborted();
  });
}
