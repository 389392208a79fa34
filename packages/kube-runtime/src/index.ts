export { objectKey, parseObjectKey } from './api/kube-object.ts';
export type { KubeObject, ObjectKey, ObjectMeta, OwnerReference } from './api/kube-object.ts';
export {
  ApiError,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isNotFound,
  isOutcomeUnknown,
} from './api/api-error.ts';
export type { ApiErrorCause, ApiErrorCode, ApiErrorDetails } from './api/api-error.ts';
export { resource } from './api/resource.ts';
export type {
  CallOptions,
  DeleteOptions,
  ListOptions,
  ListResult,
  MergePatch,
  NewObject,
  PatchOptions,
  Preconditions,
  ResourceClient,
  ResourceDescriptor,
  Selection,
  WatchFrame,
  WatchOptions,
  WriteOptions,
} from './api/resource-client.ts';

export { loadKubeConfig } from './config/load-kube-config.ts';
export type { LoadKubeConfigOptions } from './config/load-kube-config.ts';
export type { Credentials, KubeConfig } from './config/kube-config.ts';
export { createTransport } from './transport/create-transport.ts';
export type { TransportOptions } from './transport/create-transport.ts';
export type { ApiRequest, HttpMethod, Query, StreamRequest, Transport } from './transport/transport.ts';

export { createInformer } from './informer/create-informer.ts';
export type { Change, ChangeListener, Informer, InformerOptions, InformerTimings } from './informer/informer.ts';
export type { IndexFunction, Store } from './informer/store.ts';

export { createWorkQueue } from './queue/create-work-queue.ts';
export { priorities } from './queue/work-queue.ts';
export type { AddOptions, BackoffOptions, Worker, WorkQueue, WorkQueueOptions } from './queue/work-queue.ts';

export { createController } from './controller/create-controller.ts';
export type {
  Controller,
  ControllerOptions,
  Reconcile,
  ReconcileContext,
  Result,
  RunDescription,
  RunWithContext,
} from './controller/controller.ts';

export { applyMergePatch, mergePatchOf } from './patch/merge-patch.ts';
export { addFinalizer, patchStatusIfChanged, removeFinalizer } from './patch/object-patches.ts';

export { createEventRecorder } from './events/create-event-recorder.ts';
export type { EventNote, EventRecorder, EventRecorderOptions } from './events/event-recorder.ts';

export { createLeaderElector } from './election/create-leader-elector.ts';
export type { LeaderCallbacks, LeaderElector, LeaderElectorOptions, Leadership } from './election/leader-elector.ts';
export { leaseResource } from './election/lease-resource.ts';
export type { Lease, LeaseSpec } from './election/lease-resource.ts';

export type { CancelTimer, Clock, Random } from './ports/clock.ts';
export { systemClock, systemRandom } from './ports/system-clock.ts';
export { silentLogger } from './ports/logger.ts';
export type { LogFields, Logger } from './ports/logger.ts';
export type {
  InformerMetrics,
  LeaderMetrics,
  QueueMetrics,
  ReconcileMetrics,
  ReconcileOutcome,
  RestMetrics,
  WatchEnd,
} from './ports/metrics.ts';
