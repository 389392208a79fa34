import type { KubeObject, ObjectKey } from '../api/kube-object.ts';
import { objectKey } from '../api/kube-object.ts';
import { IndexTable } from './index-table.ts';
import type { Turnover } from './index-table.ts';
import type { Change } from './informer.ts';
import { versionNumber } from './resource-version.ts';
import type { IndexFunction, Store } from './store.ts';

interface Overlay<T> {
  readonly object: T;
  readonly version: bigint;
  /** Counts overlays, to know which were there when a list began. */
  readonly serial: number;
}

interface Hidden {
  readonly uid: string;
  readonly serial: number;
}

/**
 * The store: what the watch confirmed, under what our own writes answered.
 *
 * Events of one resource come in the order of their versions. So whatever has a version up to the watch's position has
 * been shown already, and an overlay from there on is only history.
 */
export class IndexedStore<T extends KubeObject> implements Store<T> {
  readonly #confirmed = new Map<ObjectKey, T>();
  readonly #overlays = new Map<ObjectKey, Overlay<T>>();
  /** What our own writes removed, until the watch shows that. */
  readonly #hidden = new Map<ObjectKey, Hidden>();
  /** Confirmed objects, or the overlays in their place. */
  readonly #view = new Map<ObjectKey, T>();
  readonly #indexes: ReadonlyMap<string, IndexTable<T>>;
  #position: bigint | undefined;
  #serial = 0;

  constructor(indexes: Readonly<Record<string, IndexFunction<T>>> = {}) {
    this.#indexes = new Map(Object.entries(indexes).map(([name, valuesOf]) => [name, new IndexTable(valuesOf)]));
  }

  get size(): number {
    return this.#view.size;
  }

  get(key: ObjectKey): T | undefined {
    return this.#view.get(key);
  }

  list(): readonly T[] {
    return [...this.#view.values()];
  }

  countByIndex(index: string, value: string): number {
    return this.#index(index).count(value);
  }

  turnover(index: string, value: string): Turnover {
    return this.#index(index).turnover(value);
  }

  #index(index: string): IndexTable<T> {
    const table = this.#indexes.get(index);
    if (table === undefined) throw new RangeError(`There is no index ${index}`);
    return table;
  }

  byIndex(index: string, value: string): readonly T[] {
    const table = this.#index(index);
    const found: T[] = [];
    for (const key of table.keys(value)) {
      const object = this.#view.get(key);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  overlay(object: T): void {
    const key = objectKey(object.metadata);
    const version = versionNumber(object.metadata.resourceVersion);
    if (version === undefined || this.#hasShown(version) || this.#isHidden(key, object)) return;
    const present = this.#overlays.get(key);
    if (present !== undefined && present.version >= version) return;
    this.#serial += 1;
    this.#overlays.set(key, { object, version, serial: this.#serial });
    this.#show(key);
  }

  overlayDeletion(object: T): void {
    const key = objectKey(object.metadata);
    const { uid } = object.metadata;
    if (uid === undefined || this.#view.get(key)?.metadata.uid !== uid) return;
    this.#serial += 1;
    this.#hidden.set(key, { uid, serial: this.#serial });
    this.#dropOverlay(key);
  }

  fresh(key: ObjectKey): boolean {
    return !this.#overlays.has(key) && !this.#hidden.has(key);
  }

  /** What the watch has confirmed, without overlays. */
  confirmed(): Iterable<T> {
    return this.#confirmed.values();
  }

  /** To be taken before a list is asked for, and given to {@link replace}. */
  mark(): number {
    return this.#serial;
  }

  /** Takes over a full list; what it lacks is deleted. @returns what changed. */
  replace(
    items: ReadonlyMap<ObjectKey, T>,
    from: { readonly version: string; readonly mark: number },
  ): readonly Change<T>[] {
    const changes: Change<T>[] = [];
    for (const [key, previous] of [...this.#confirmed]) {
      if (items.has(key)) continue;
      this.#confirmed.delete(key);
      this.#hidden.delete(key);
      changes.push({ type: 'deleted', object: previous });
      this.#show(key);
    }
    for (const [key, object] of items) changes.push(...this.#confirm(key, object));
    // A list that began after a write shows it, whatever its version says: an API server may have been restored.
    for (const [key, overlay] of this.#overlays) if (overlay.serial <= from.mark) this.#dropOverlay(key);
    for (const [key, hidden] of this.#hidden) {
      if (hidden.serial > from.mark) continue;
      this.#hidden.delete(key);
      this.#show(key);
    }
    this.advance(from.version);
    return changes;
  }

  /** Takes over one event. @returns what changed; nothing if that was known. */
  put(object: T): readonly Change<T>[] {
    const key = objectKey(object.metadata);
    this.#goTo(object.metadata.resourceVersion, key);
    const changes = this.#confirm(key, object);
    return changes.filter((change) => change.type !== 'resynced');
  }

  /** Takes over a deletion. @returns what changed; nothing if the object was not there. */
  remove(object: T): readonly Change<T>[] {
    const key = objectKey(object.metadata);
    this.#goTo(object.metadata.resourceVersion, key);
    const known = this.#confirmed.delete(key);
    this.#hidden.delete(key);
    this.#show(key);
    return known ? [{ type: 'deleted', object }] : [];
  }

  /** The watch has come as far as this version. */
  advance(version: string | undefined): void {
    this.#position = versionNumber(version);
    for (const key of [...this.#overlays.keys()]) if (this.#dropIfShown(key)) this.#show(key);
  }

  #confirm(key: ObjectKey, object: T): readonly Change<T>[] {
    const previous = this.#confirmed.get(key);
    this.#confirmed.set(key, object);
    // Of the same name, and another one: the removed one is gone.
    if (!this.#isHidden(key, object)) this.#hidden.delete(key);
    this.#show(key);
    if (previous === undefined) return [{ type: 'added', object }];
    const { uid, resourceVersion } = previous.metadata;
    // Deleted and created anew while nobody looked.
    if (uid !== object.metadata.uid) {
      return [
        { type: 'deleted', object: previous },
        { type: 'added', object },
      ];
    }
    const same = resourceVersion === object.metadata.resourceVersion;
    return [{ type: same ? 'resynced' : 'modified', object, previous }];
  }

  #hasShown(version: bigint): boolean {
    return this.#position !== undefined && version <= this.#position;
  }

  #isHidden(key: ObjectKey, object: T): boolean {
    return this.#hidden.get(key)?.uid === object.metadata.uid && this.#hidden.has(key);
  }

  /**
   * The watch has come as far as an event of this key: it brings what the key's overlay shows, or what came after it. Of the others the
   * oldest are looked at, as far as they are history too: not all of them for each event.
   */
  #goTo(version: string | undefined, key: ObjectKey): void {
    this.#position = versionNumber(version);
    this.#dropIfShown(key);
    for (const other of this.#overlays.keys()) {
      if (!this.#dropIfShown(other)) return;
      this.#show(other);
    }
  }

  #dropIfShown(key: ObjectKey): boolean {
    const overlay = this.#overlays.get(key);
    return overlay !== undefined && this.#hasShown(overlay.version) && this.#overlays.delete(key);
  }

  #dropOverlay(key: ObjectKey): void {
    this.#overlays.delete(key);
    this.#show(key);
  }

  /** Makes view and indexes show what is to be shown of a key. */
  #show(key: ObjectKey): void {
    const object = this.#overlays.get(key)?.object ?? this.#confirmed.get(key);
    if (object === undefined || this.#isHidden(key, object)) {
      this.#view.delete(key);
      for (const table of this.#indexes.values()) table.unfile(key);
    } else {
      this.#view.set(key, object);
      for (const table of this.#indexes.values()) table.file(key, object);
    }
  }
}
