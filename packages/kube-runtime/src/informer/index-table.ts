import type { ObjectKey } from '../api/kube-object.ts';
import type { IndexFunction } from './store.ts';

/** How often keys were filed under a value, and taken from it, since the beginning. */
export interface Turnover {
  readonly filed: number;
  readonly unfiled: number;
}

const untouched: Turnover = { filed: 0, unfiled: 0 };

/** One index: which keys are filed under which value. */
export class IndexTable<T> {
  readonly #valuesOf: IndexFunction<T>;
  readonly #keysByValue = new Map<string, Set<ObjectKey>>();
  readonly #valuesByKey = new Map<ObjectKey, readonly string[]>();
  readonly #turnover = new Map<string, Turnover>();

  constructor(valuesOf: IndexFunction<T>) {
    this.#valuesOf = valuesOf;
  }

  keys(value: string): Iterable<ObjectKey> {
    return this.#keysByValue.get(value) ?? [];
  }

  count(value: string): number {
    return this.#keysByValue.get(value)?.size ?? 0;
  }

  turnover(value: string): Turnover {
    return this.#turnover.get(value) ?? untouched;
  }

  file(key: ObjectKey, object: T): void {
    const values = [...new Set(this.#valuesOf(object))];
    const before = this.#valuesByKey.get(key) ?? [];
    if (values.length === before.length && values.every((value, place) => value === before[place])) return;
    this.unfile(key);
    if (values.length === 0) return;
    this.#valuesByKey.set(key, values);
    for (const value of values) {
      const keys = this.#keysByValue.get(value);
      if (keys === undefined) this.#keysByValue.set(value, new Set([key]));
      else keys.add(key);
      const { filed, unfiled } = this.turnover(value);
      this.#turnover.set(value, { filed: filed + 1, unfiled });
    }
  }

  unfile(key: ObjectKey): void {
    for (const value of this.#valuesByKey.get(key) ?? []) {
      const keys = this.#keysByValue.get(value);
      keys?.delete(key);
      const { filed, unfiled } = this.turnover(value);
      this.#turnover.set(value, { filed, unfiled: unfiled + 1 });
      if (keys?.size === 0) this.#keysByValue.delete(value);
    }
    this.#valuesByKey.delete(key);
  }
}
