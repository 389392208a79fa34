import type { ObjectKey } from '../api/kube-object.ts';
import type { IndexFunction } from './store.ts';

/** One index: which keys are filed under which value. */
export class IndexTable<T> {
  readonly #valuesOf: IndexFunction<T>;
  readonly #keysByValue = new Map<string, Set<ObjectKey>>();
  readonly #valuesByKey = new Map<ObjectKey, readonly string[]>();

  constructor(valuesOf: IndexFunction<T>) {
    this.#valuesOf = valuesOf;
  }

  keys(value: string): Iterable<ObjectKey> {
    return this.#keysByValue.get(value) ?? [];
  }

  file(key: ObjectKey, object: T): void {
    this.unfile(key);
    const values = [...new Set(this.#valuesOf(object))];
    if (values.length === 0) return;
    this.#valuesByKey.set(key, values);
    for (const value of values) {
      const keys = this.#keysByValue.get(value);
      if (keys === undefined) this.#keysByValue.set(value, new Set([key]));
      else keys.add(key);
    }
  }

  unfile(key: ObjectKey): void {
    for (const value of this.#valuesByKey.get(key) ?? []) {
      const keys = this.#keysByValue.get(value);
      keys?.delete(key);
      if (keys?.size === 0) this.#keysByValue.delete(value);
    }
    this.#valuesByKey.delete(key);
  }
}
