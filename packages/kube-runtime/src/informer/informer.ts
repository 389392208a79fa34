import type { KubeObject } from '../api/kube-object.ts';
import type { ResourceClient, Selection } from '../api/resource-client.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { InformerMetrics } from '../ports/metrics.ts';
import type { IndexFunction, Store } from './store.ts';

/**
 * One change in the store.
 *
 * `resynced`: a full list showed the object as it was. `previous` is what the store held before, of `modified`; a
 * `deleted` object is its last known state.
 */
export interface Change<T> {
  readonly type: 'added' | 'modified' | 'deleted' | 'resynced';
  readonly object: T;
  readonly previous?: T;
}

/** Told of every change, in order. What it throws is logged and disturbs nobody. */
export type ChangeListener<T> = (change: Change<T>) => void;

/** How long an informer waits; all in milliseconds. */
export interface InformerTimings {
  /** First wait after a failure; doubles. Defaults to 100. */
  readonly backoffBaseMs: number;
  /** Longest wait after a failure. Defaults to 1,500, so that recovery is seen within two seconds. */
  readonly backoffMaxMs: number;
  /** Longest wait between two full lists that a 410 forced. Defaults to 30,000. */
  readonly relistBackoffMaxMs: number;
  /** A watch that says nothing for this long, no bookmark either, is opened again. Defaults to 90,000. */
  readonly inactivityMs: number;
  /** The server ends each watch after this (half to full, by chance). Defaults to 600,000. */
  readonly watchLifeMs: number;
  /** A page of a list may take this long. Defaults to 30,000. */
  readonly listTimeoutMs: number;
}

/** Settings of {@link createInformer}. */
export interface InformerOptions<T extends KubeObject> extends Selection {
  readonly client: ResourceClient<T>;
  /** Lookups besides the key, by name. */
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>> | undefined;
  /** Shrinks an object before it is stored; managedFields are gone already. Must keep apiVersion, kind and metadata. */
  readonly transform?: ((object: T) => T) | undefined;
  /** Objects a page of a list. Defaults to 500. */
  readonly pageSize?: number | undefined;
  readonly timings?: Partial<InformerTimings> | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly logger?: Logger | undefined;
  readonly metrics?: InformerMetrics | undefined;
}

/** A copy of a resource's objects that follows the API server. */
export interface Informer<T extends KubeObject> {
  readonly store: Store<T>;
  /** Resolves after the first full list is in the store and was reported; never rejects. */
  readonly synced: Promise<void>;
  readonly hasSynced: boolean;
  /**
   * Lists, watches and goes on through every failure until `signal`; may be called once.
   *
   * @returns when it has stopped; never rejects.
   */
  start(signal: AbortSignal): Promise<void>;
  /** From now on, and first (as `added`, before this returns) what the store holds. @returns what ends it. */
  subscribe(listener: ChangeListener<T>): () => void;
}
