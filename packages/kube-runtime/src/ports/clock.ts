/**
 * Time, as everything in this package sees it, so that a whole operator can run under a virtual clock.
 *
 * {@link systemClock} is the real one.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch; may jump. For timestamps that people or the API server read. */
  epochMs(): number;
  /** Milliseconds from an arbitrary start; never goes back. For durations and deadlines. */
  monotonicMs(): number;
  /**
   * Calls `callback` once, `delayMs` from now (0 or more).
   *
   * @returns what cancels it; harmless after the call was made.
   */
  schedule(delayMs: number, callback: () => void): CancelTimer;
}

/** Cancels a timer of {@link Clock.schedule}; may be called twice. */
export type CancelTimer = () => void;

/** A source of numbers in [0, 1). */
export type Random = () => number;
