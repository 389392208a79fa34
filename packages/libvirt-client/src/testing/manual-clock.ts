import type { Clock } from '../clock.ts';

/** A clock that stands still until a spec moves it. */
export class ManualClock implements Clock {
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  #now = 0;

  /** Number of timers that have not fired and were not cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  schedule(callback: () => void, delayMs: number): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  random(): number {
    return 0.5;
  }

  /** Fires what is due within `ms`, in order of time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let due = this.#firstUntil(end); due; due = this.#firstUntil(end)) {
      this.#timers.delete(due);
      this.#now = due.at;
      due.callback();
    }
    this.#now = end;
  }

  #firstUntil(end: number): { readonly at: number; readonly callback: () => void } | undefined {
    const due = [...this.#timers].filter((timer) => timer.at <= end).sort((one, other) => one.at - other.at);
    return due[0];
  }
}
