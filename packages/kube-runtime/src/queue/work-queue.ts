import type { Clock, Random } from '../ports/clock.ts';
import type { QueueMetrics } from '../ports/metrics.ts';

/** How urgent a key is; any number does, higher goes first. */
export const priorities = {
  /** A person changed something. */
  user: 100,
  normal: 0,
  /** Nothing is known to have changed. */
  resync: -100,
} as const;

/** When and how urgently to work a key. */
export interface AddOptions {
  /** Higher goes first. Defaults to `priorities.normal`. */
  readonly priority?: number | undefined;
  /** Not before this many milliseconds. Defaults to 0. */
  readonly afterMs?: number | undefined;
}

/** How the waits of a failing key grow. */
export interface BackoffOptions {
  /** First wait, doubling each time. Defaults to 200 ms. */
  readonly baseMs: number;
  /** Longest wait. Defaults to 5 min. */
  readonly maxMs: number;
  /** The share of each wait that is left to chance, 0 to 1. Defaults to 0.5: a wait is between half and all of it. */
  readonly jitter: number;
}

/** Settings of {@link createWorkQueue}. */
export interface WorkQueueOptions<K extends string> {
  /** In metrics. */
  readonly name: string;
  /** The lane of a key, asked when it is about to be worked. Defaults to one lane for all. */
  readonly laneOf?: ((key: K) => string) | undefined;
  /** How many keys of a lane are worked at once, 1 or more. Defaults to 1. */
  readonly workersPerLane?: ((lane: string) => number) | undefined;
  readonly backoff?: Partial<BackoffOptions> | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly metrics?: QueueMetrics | undefined;
}

/** Works one key; must not reject. `lane` is the one it was taken in. */
export type Worker<K extends string> = (key: K, lane: string) => Promise<void>;

/**
 * A queue of keys to be worked, each by one worker at a time over all lanes.
 *
 * Adding a key that waits makes it only sooner or more urgent. Added while it is worked, it is worked once more after.
 */
export interface WorkQueue<K extends string> {
  /** Accepted before {@link run} too; ignored after it ended. */
  add(key: K, options?: AddOptions): void;
  /** Adds it after its back-off, which grows. @returns the wait in milliseconds. */
  retry(key: K, options?: Pick<AddOptions, 'priority'>): number;
  /** The key did well: its next back-off starts small again. */
  forget(key: K): void;
  /** How often {@link retry} was called since the last {@link forget}. */
  failures(key: K): number;
  /** How many keys are ready and wait for a worker. */
  readonly depth: number;
  /** How many keys are worked now. */
  readonly active: number;
  /**
   * Hands out keys until `signal`, then no more.
   *
   * @returns when the last worker has finished after that. May be called once.
   */
  run(worker: Worker<K>, signal: AbortSignal): Promise<void>;
}
