import type { Unsubscribe } from '../types.ts';

/** A set of callbacks. */
export class Listeners<T> {
  readonly #callbacks = new Set<(value: T) => void>();

  add(callback: (value: T) => void): Unsubscribe {
    // Wrapped, so that one function may be added twice and each taken off alone.
    const entry = (value: T): void => callback(value);
    this.#callbacks.add(entry);
    return () => this.#callbacks.delete(entry);
  }

  emit(value: T): void {
    for (const callback of this.#callbacks) callback(value);
  }
}
