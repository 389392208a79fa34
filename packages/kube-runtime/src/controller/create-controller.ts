import type { ObjectKey } from '../api/kube-object.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { silentLogger } from '../ports/logger.ts';
import type { ReconcileMetrics, ReconcileOutcome } from '../ports/metrics.ts';
import { aborted, settledWithin } from '../ports/sleep.ts';
import { systemClock, systemRandom } from '../ports/system-clock.ts';
import { createWorkQueue } from '../queue/create-work-queue.ts';
import type { AddOptions, WorkQueue } from '../queue/work-queue.ts';
import type { Controller, ControllerOptions, Reconcile, Result, RunWithContext } from './controller.ts';
import { newCorrelationId } from './correlation-id.ts';
import { tellReconcile } from './reconcile-channel.ts';

/** A controller: a work queue, and workers that reconcile its keys. */
export function createController<K extends string = ObjectKey>(options: ControllerOptions<K>): Controller<K> {
  return new QueueController(options);
}

/** How long a stop waits for reconciles to heed their aborted signal. */
const ABORT_WAIT_MS = 1_000;

class QueueController<K extends string> implements Controller<K> {
  readonly name: string;
  readonly #reconcile: Reconcile<K>;
  readonly #runWithContext: RunWithContext;
  readonly #graceMs: number;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #metrics: ReconcileMetrics | undefined;
  readonly #queue: WorkQueue<K>;
  readonly #abort = new AbortController();

  constructor(options: ControllerOptions<K>) {
    this.name = options.name;
    this.#reconcile = options.reconcile;
    this.#runWithContext = options.runWithContext ?? ((_description, run) => run());
    this.#graceMs = options.graceMs ?? 20_000;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#logger = options.logger ?? silentLogger;
    this.#metrics = options.metrics;
    const { laneOf = () => '', workersPerLane = () => 1, backoff } = options.queue ?? {};
    this.#queue = createWorkQueue<K>({
      // A key whose lane cannot be found is worked nevertheless.
      laneOf: (key) => this.#ask(() => laneOf(key), ''),
      workersPerLane: (lane) => this.#ask(() => workersPerLane(lane), 1),
      backoff,
      name: options.name,
      clock: this.#clock,
      random: this.#random,
      metrics: options.queueMetrics,
    });
  }

  get depth(): number {
    return this.#queue.depth;
  }

  get active(): number {
    return this.#queue.active;
  }

  enqueue(key: K, options?: AddOptions): void {
    this.#queue.add(key, options);
  }

  async start(signal: AbortSignal, options: { readonly abort?: AbortSignal } = {}): Promise<void> {
    const abort = options.abort ?? new AbortController().signal;
    const stopTaking = AbortSignal.any([signal, abort]);
    const idle = this.#queue.run((key, lane) => this.#work(key, lane), stopTaking);
    await aborted(stopTaking);
    await settledWithin(this.#clock, idle, { waitMs: this.#graceMs, signal: abort });
    this.#abort.abort(new Error(`Controller ${this.name} stops`));
    await settledWithin(this.#clock, idle, { waitMs: ABORT_WAIT_MS });
    if (this.active > 0) this.#logger.error('Reconciles ignore that the controller stops', this.#fields());
  }

  #ask<R>(question: () => R, otherwise: R): R {
    try {
      return question();
    } catch (error) {
      this.#logger.error('The lane of a key could not be told', this.#fields({ error }));
      return otherwise;
    }
  }

  async #work(key: K, lane: string): Promise<void> {
    const correlationId = newCorrelationId(this.#random);
    const startedMs = this.#clock.monotonicMs();
    this.#metrics?.active(this.name, 1);
    const description = { controller: this.name, key, lane, correlationId };
    tellReconcile(() => ({ controller: this.name, key, correlationId, moment: 'begins' }));
    const result = await this.#guarded(() =>
      this.#runWithContext(description, () => this.#reconcile(key, { signal: this.#abort.signal, correlationId })),
    );
    tellReconcile(() => ({ controller: this.name, key, correlationId, moment: 'ended' }));
    const outcome = this.#follow(key, result, correlationId);
    this.#metrics?.active(this.name, -1);
    this.#metrics?.finished(this.name, outcome, (this.#clock.monotonicMs() - startedMs) / 1000);
  }

  async #guarded(run: () => Promise<Result>): Promise<Result | Thrown> {
    try {
      return await run();
    } catch (error) {
      return { kind: 'thrown', error };
    }
  }

  /** Does what the result asks of the queue. */
  #follow(key: K, result: Result | Thrown, correlationId: string): ReconcileOutcome {
    switch (result.kind) {
      case 'done':
        this.#queue.forget(key);
        return 'success';
      case 'requeue':
        this.#queue.forget(key);
        this.#queue.add(key, { afterMs: result.afterMs, priority: result.priority });
        return result.afterMs > 0 ? 'requeue_after' : 'requeue';
      case 'backoff':
        this.#retry(key, { correlationId, error: result.error, message: 'Reconcile failed', level: 'warn' });
        return 'error';
      case 'thrown':
        this.#retry(key, { correlationId, error: result.error, message: 'Reconcile threw', level: 'error' });
        return 'error';
    }
  }

  #retry(key: K, report: FailureReport): void {
    if (this.#abort.signal.aborted) {
      this.#logger.info('Reconcile ended by the stop', this.#fields({ key, correlationId: report.correlationId }));
      return;
    }
    const failures = this.#queue.failures(key) + 1;
    const retryAfterMs = Math.round(this.#queue.retry(key));
    const { correlationId, error } = report;
    this.#logger[report.level](report.message, this.#fields({ key, correlationId, error, failures, retryAfterMs }));
  }

  #fields(more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
    return { controller: this.name, ...more };
  }
}

interface Thrown {
  readonly kind: 'thrown';
  readonly error: unknown;
}

interface FailureReport {
  readonly correlationId: string;
  readonly error: unknown;
  readonly message: string;
  readonly level: 'warn' | 'error';
}
