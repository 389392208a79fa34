import { setTimeout as delay } from 'node:timers/promises';
import { CliError } from '../cli-error.ts';

const READY_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 50;

/**
 * Waits until a manager answers on its port of operations.
 *
 * @param operations - `host:port`.
 * @throws {@link CliError} `Unmet` when it does not within 60 s; what `signal` was aborted with.
 */
export async function awaitManager(operations: string, signal: AbortSignal): Promise<void> {
  const endMs = performance.now() + READY_WITHIN_MS;
  while (performance.now() < endMs) {
    signal.throwIfAborted();
    if ((await pageOf(operations, '/healthz'))?.code === 200) return;
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
  throw new CliError('Unmet', `the manager does not answer on ${operations} after ${READY_WITHIN_MS / 1000} s`);
}

/** A page of the manager's operations; undefined when nobody answers. */
export async function pageOf(
  operations: string,
  path: string,
): Promise<{ readonly code: number; readonly text: string } | undefined> {
  try {
    const response = await fetch(`http://${operations}${path}`, { signal: AbortSignal.timeout(2000) });
    return { code: response.status, text: await response.text() };
  } catch {
    // Whatever the reason, a page that cannot be read is no page: `fetch` tells all of them as one TypeError.
    return undefined;
  }
}
