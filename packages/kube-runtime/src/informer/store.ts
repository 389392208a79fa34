import type { KubeObject, ObjectKey } from '../api/kube-object.ts';
import type { Turnover } from './index-table.ts';

/** What the watch has shown, and our own writes until it shows them. Objects are never changed in place: do not either. */
export interface Store<T extends KubeObject> {
  /** Undefined also while the object is not known yet: wait for `synced` first. */
  get(key: ObjectKey): T | undefined;
  list(): readonly T[];
  /** The objects that the index of that name files under `value`. Throws a RangeError for an unknown index. */
  byIndex(index: string, value: string): readonly T[];
  /** How many {@link byIndex} would find. */
  countByIndex(index: string, value: string): number;
  /**
   * How often objects came to be filed under `value`, and ceased to be: what has changed there since an earlier look, without another
   * look at all of them. Throws a RangeError for an unknown index.
   */
  turnover(index: string, value: string): Turnover;
  /**
   * Shows the reply of our own write at once, and until the watch has caught up with its resourceVersion.
   * Older than what the store has: ignored. Nobody is notified; the watch's own event does that.
   */
  overlay(object: T): void;
  /**
   * Hides an object that our own write has removed, until the watch shows that. For the reply to the removal of its
   * last finalizer: it bears the resourceVersion of before, so that it says nothing to {@link overlay}.
   */
  overlayDeletion(object: T): void;
  /**
   * Whether the watch itself has shown our last write of this key (or something later, or its deletion).
   * While false, {@link get} serves the overlaid reply, which never is older than the write.
   */
  fresh(key: ObjectKey): boolean;
  readonly size: number;
}

/** Files an object under any number of values. */
export type IndexFunction<T> = (object: T) => readonly string[];
