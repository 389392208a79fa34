/** What a work queue reports; `queue` is its name. The field's `workqueue_*` series follow from it. */
export interface QueueMetrics {
  /** A key was added, and was not already waiting. */
  added(queue: string): void;
  /** How many keys are ready and wait for a worker. */
  depth(queue: string, n: number): void;
  /** How long a key was ready before a worker took it. */
  queued(queue: string, seconds: number): void;
  /** How long a worker had a key. */
  worked(queue: string, seconds: number): void;
  /** A key was put back with back-off. */
  retried(queue: string): void;
}

/** How a reconcile ended, in the words of `controller_runtime_reconcile_total`. */
export type ReconcileOutcome = 'success' | 'error' | 'requeue' | 'requeue_after';

/** What a controller reports; `controller` is its name. */
export interface ReconcileMetrics {
  finished(controller: string, result: ReconcileOutcome, seconds: number): void;
  /** The number of running reconciles changed by `delta` (1 or -1). */
  active(controller: string, delta: number): void;
}

/** What a transport reports. */
export interface RestMetrics {
  /** A request got an answer; `code` is its HTTP status, or `<error>` where there was none. */
  request(method: string, host: string, code: string): void;
}

/** What a leader elector reports; `name` is the Lease's. */
export interface LeaderMetrics {
  leading(name: string, isLeading: boolean): void;
}

/** Why a watch ended: by the server's will, by 410, by an error, or by silence. */
export type WatchEnd = 'closed' | 'expired' | 'error' | 'stalled';

/** What an informer reports; `resource` is the plural and group, as in `leases.coordination.k8s.io`. */
export interface InformerMetrics {
  /** A full list was read, or failed. */
  listed(resource: string, outcome: 'success' | 'error'): void;
  watchEnded(resource: string, why: WatchEnd): void;
}
