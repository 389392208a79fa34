import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

/** How a work queue is seen. */
export interface QueueMetrics {
  /** A key was added that was not waiting yet. */
  added(queue: string): void;
  /** How many keys wait now. */
  depth(queue: string, keys: number): void;
  /** How long a key waited before it was taken. */
  queued(queue: string, seconds: number): void;
  /** How long a key was worked on. */
  worked(queue: string, seconds: number): void;
  /** A key was put back after a failure. */
  retried(queue: string): void;
}

/** How one reconcile ended. */
export type ReconcileResult = 'success' | 'error' | 'requeue' | 'requeue_after';

/** How a controller is seen. */
export interface ReconcileMetrics {
  finished(controller: string, result: ReconcileResult, seconds: number): void;
  /** @param delta - +1 when a worker begins, -1 when it ends. */
  active(controller: string, delta: number): void;
}

/** How requests to the API server are seen. */
export interface RestMetrics {
  /** @param code - the HTTP status, or `<error>` where there was no answer. */
  request(method: string, host: string, code: string): void;
}

/** How leader election is seen. */
export interface LeaderMetrics {
  leading(name: string, isLeading: boolean): void;
}

/** All that a Kubernetes controller shows, under the names of controller-runtime and client-go. */
export interface ControllerMetrics extends QueueMetrics, ReconcileMetrics, RestMetrics, LeaderMetrics {}

const queueBuckets = [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 60, 300, 1000];
const reconcileBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Makes the series of work queues, reconciles, API requests and leadership in `registry`. */
export function createControllerMetrics(registry: Registry): ControllerMetrics {
  return {
    ...queueMetrics([registry]),
    ...reconcileMetrics([registry]),
    ...restMetrics([registry]),
    ...leaderMetrics([registry]),
  };
}

function queueMetrics(registers: Registry[]): QueueMetrics {
  const labelNames = ['name'] as const;
  const adds = new Counter({ name: 'workqueue_adds_total', help: 'Keys added to the queue.', labelNames, registers });
  const depth = new Gauge({ name: 'workqueue_depth', help: 'Keys that wait in the queue.', labelNames, registers });
  const retries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Keys put back after a failure.',
    labelNames,
    registers,
  });
  const queued = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long keys waited before they were taken.',
    labelNames,
    buckets: queueBuckets,
    registers,
  });
  const worked = new Histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'How long keys were worked on.',
    labelNames,
    buckets: queueBuckets,
    registers,
  });
  return {
    added: (name) => adds.inc({ name }),
    depth: (name, keys) => depth.set({ name }, keys),
    queued: (name, seconds) => queued.observe({ name }, seconds),
    worked: (name, seconds) => worked.observe({ name }, seconds),
    retried: (name) => retries.inc({ name }),
  };
}

function reconcileMetrics(registers: Registry[]): ReconcileMetrics {
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciles, by how they ended.',
    labelNames: ['controller', 'result'],
    registers,
  });
  const time = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'How long reconciles took.',
    labelNames: ['controller'],
    buckets: reconcileBuckets,
    registers,
  });
  const workers = new Gauge({
    name: 'controller_runtime_active_workers',
    help: 'Workers that reconcile now.',
    labelNames: ['controller'],
    registers,
  });
  return {
    finished: (controller, result, seconds) => {
      total.inc({ controller, result });
      time.observe({ controller }, seconds);
    },
    active: (controller, delta) => workers.inc({ controller }, delta),
  };
}

function restMetrics(registers: Registry[]): RestMetrics {
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server, by method, host and status.',
    labelNames: ['method', 'host', 'code'],
    registers,
  });
  return { request: (method, host, code) => requests.inc({ method, host, code }) };
}

function leaderMetrics(registers: Registry[]): LeaderMetrics {
  const leader = new Gauge({
    name: 'leader_election_master_status',
    help: '1 while this process leads, else 0.',
    labelNames: ['name'],
    registers,
  });
  return { leading: (name, isLeading) => leader.set({ name }, isLeading ? 1 : 0) };
}
