import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

// One store a process: asynchronous context is the process's own, and two loggers must agree on it.
const correlation = new AsyncLocalStorage<string>();

const acceptable = /^[\w.:/-]{1,128}$/;

/** A fresh correlation id: 16 lower-case hexadecimal digits. */
export function newCorrelationId(): string {
  return randomBytes(8).toString('hex');
}

/** The id of the work that is running now, or undefined outside of {@link runWithCorrelationId}. */
export function currentCorrelationId(): string | undefined {
  return correlation.getStore();
}

/**
 * Runs `work` so that everything it does, also asynchronously, logs and calls under `id`.
 *
 * @param id - as it came from a caller; one that is empty, longer than 128 characters or not of letters, digits and
 * `._:/-` is replaced by a fresh one, so that nobody writes into our log what they like.
 */
export function runWithCorrelationId<T>(id: string | undefined, work: () => T): T {
  return correlation.run(id !== undefined && acceptable.test(id) ? id : newCorrelationId(), work);
}
