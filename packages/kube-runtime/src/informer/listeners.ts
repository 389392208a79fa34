import type { Logger } from '../ports/logger.ts';
import type { Change, ChangeListener } from './informer.ts';

/** Who is told of changes. One that fails is reported, and disturbs neither the others nor the watch. */
export class Listeners<T> {
  readonly #listeners = new Set<ChangeListener<T>>();
  readonly #report: (error: unknown) => void;

  constructor(logger: Logger, resourceName: string) {
    this.#report = (error) => logger.error('A listener for changes failed', { resource: resourceName, error });
  }

  /** @returns what ends it. */
  add(listener: ChangeListener<T>): () => void {
    // One function may subscribe twice: each subscription is its own.
    const own: ChangeListener<T> = (change) => listener(change);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  tell(change: Change<T>): void {
    for (const listener of [...this.#listeners]) this.tellOne(listener, change);
  }

  tellOne(listener: ChangeListener<T>, change: Change<T>): void {
    try {
      // The type allows an async function, whose rejection would end the process.
      const answer: unknown = listener(change);
      if (answer instanceof Promise) answer.catch(this.#report);
    } catch (error) {
      this.#report(error);
    }
  }
}
