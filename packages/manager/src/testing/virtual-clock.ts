import type { Clock } from '@virtrigaud/kube-runtime';
import { now } from './builders.ts';

/** Time that stands still until it is moved. */
export class VirtualClock implements Clock {
  #ms = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();

  epochMs(): number {
    return now + this.#ms;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#ms + delayMs, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** How long until the next timer is due, in milliseconds; undefined: there is none. */
  dueInMs(): number | undefined {
    const times = [...this.#timers].map(({ atMs }) => atMs - this.#ms);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  /** Moves time on, and runs what is due, in its order. */
  advance(byMs: number): void {
    const endMs = this.#ms + byMs;
    for (;;) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!due) break;
      this.#timers.delete(due);
      this.#ms = due.atMs;
      due.callback();
    }
    this.#ms = endMs;
  }
}
