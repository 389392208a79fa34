import type { ObjectKey } from '../api/kube-object.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { QueueMetrics, ReconcileMetrics } from '../ports/metrics.ts';
import type { AddOptions, WorkQueueOptions } from '../queue/work-queue.ts';

/** What a reconcile wants next. What the latest one says replaces what an earlier one asked for. */
export type Result =
  /** Nothing, until something changes. */
  | { readonly kind: 'done' }
  /** To be called again after a time that it chose. */
  | { readonly kind: 'requeue'; readonly afterMs: number; readonly priority?: number }
  /** To be called again after a time that grows with each failure. */
  | { readonly kind: 'backoff'; readonly error: unknown };

/** What a reconcile is given beside the key. */
export interface ReconcileContext {
  /** Aborted when the work must end: leadership was lost, or the grace of a stop is over. */
  readonly signal: AbortSignal;
  /** Names this one run in logs and in calls that it makes. */
  readonly correlationId: string;
}

/** Brings one object closer to what is wanted. Throwing is a back-off that is logged as an error. */
export type Reconcile<K extends string> = (key: K, context: ReconcileContext) => Promise<Result>;

/** Which run a {@link RunWithContext} wraps. */
export interface RunDescription {
  readonly controller: string;
  readonly key: string;
  readonly lane: string;
  readonly correlationId: string;
}

/** Wraps each reconcile, as in `AsyncLocalStorage.run`; must call `run` once and return its promise. */
export type RunWithContext = (description: RunDescription, run: () => Promise<Result>) => Promise<Result>;

/** Settings of {@link createController}. */
export interface ControllerOptions<K extends string = ObjectKey> {
  /** In logs and metrics; also the queue's name. */
  readonly name: string;
  readonly reconcile: Reconcile<K>;
  readonly queue?: Pick<WorkQueueOptions<K>, 'laneOf' | 'workersPerLane' | 'backoff'> | undefined;
  readonly queueMetrics?: QueueMetrics | undefined;
  readonly metrics?: ReconcileMetrics | undefined;
  readonly runWithContext?: RunWithContext | undefined;
  /** How long a stop waits for running reconciles before it aborts them. Defaults to 20 s. */
  readonly graceMs?: number | undefined;
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** A loop that works keys until it is told to stop. */
export interface Controller<K extends string = ObjectKey> {
  readonly name: string;
  /** May be called from any listener, before {@link start} too. */
  enqueue(key: K, options?: AddOptions): void;
  /** Keys that are ready and wait for a worker. */
  readonly depth: number;
  /** Reconciles that run now. */
  readonly active: number;
  /**
   * Works until `signal`: then takes no more keys and gives running reconciles their grace. May be called once.
   *
   * @param options - `abort` ends running reconciles at once, as when leadership is lost.
   * @returns when no reconcile runs, or those left did not heed their aborted signal within a second; never rejects.
   */
  start(signal: AbortSignal, options?: { readonly abort?: AbortSignal }): Promise<void>;
}
