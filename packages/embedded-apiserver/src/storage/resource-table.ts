import type { Change, StoredObject } from './stored-object.ts';

/** All objects of one resource in memory, and their latest changes. */
export class ResourceTable {
  readonly #objects = new Map<string, StoredObject>();
  readonly #historyLength: number;
  #history: Change[] = [];
  #sortedKeys: readonly string[] | undefined;
  #compacted: number;

  constructor(options: { readonly historyLength: number; readonly compacted: number }) {
    this.#historyLength = options.historyLength;
    this.#compacted = options.compacted;
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  /** Changes after this revision are all known. */
  get compacted(): number {
    return this.#compacted;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Puts in what was there before the process began. */
  load(key: string, stored: StoredObject): void {
    this.#objects.set(key, stored);
    this.#sortedKeys = undefined;
  }

  apply(change: Change): void {
    if (change.type === 'DELETED') this.#objects.delete(change.key);
    else this.#objects.set(change.key, change.after);
    if (change.type !== 'MODIFIED') this.#sortedKeys = undefined;
    this.#history.push(change);
    // Cut in halves, not one by one: each cut copies what stays.
    if (this.#history.length >= this.#historyLength * 2) {
      const dropped = this.#history.length - this.#historyLength;
      this.#compacted = this.#history[dropped - 1]?.revision ?? this.#compacted;
      this.#history = this.#history.slice(dropped);
    }
  }

  /** What changed after a revision, oldest first; undefined when that is no longer known. */
  changesSince(revision: number): readonly Change[] | undefined {
    if (revision < this.#compacted) return undefined;
    return this.#history.slice(this.#firstAfter(revision));
  }

  /** All objects by key, in order. */
  entries(): readonly (readonly [string, StoredObject])[] {
    this.#sortedKeys ??= [...this.#objects.keys()].sort();
    return this.#sortedKeys.flatMap((key) => {
      const stored = this.#objects.get(key);
      return stored ? [[key, stored] as const] : [];
    });
  }

  /** All objects as they were at a revision; undefined when that is no longer known. */
  entriesAt(revision: number): readonly (readonly [string, StoredObject])[] | undefined {
    const later = this.changesSince(revision);
    if (later === undefined) return undefined;
    if (later.length === 0) return this.entries();
    const then = new Map(this.#objects);
    for (const change of later.toReversed()) {
      if (change.before) then.set(change.key, change.before);
      else then.delete(change.key);
    }
    return [...then].sort(([left], [right]) => (left < right ? -1 : 1));
  }

  #firstAfter(revision: number): number {
    let low = 0;
    let high = this.#history.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#history[middle]?.revision ?? 0) > revision) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
