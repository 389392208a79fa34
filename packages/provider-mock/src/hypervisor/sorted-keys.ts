/** Keys in their order, so that those with one prefix are found without a look at the others. */
export class SortedKeys {
  readonly #keys: string[] = [];

  add(key: string): void {
    const place = this.#placeOf(key);
    if (this.#keys[place] !== key) this.#keys.splice(place, 0, key);
  }

  remove(key: string): void {
    const place = this.#placeOf(key);
    if (this.#keys[place] === key) this.#keys.splice(place, 1);
  }

  /** Those that begin with `prefix`, in order. */
  *from(prefix: string): Generator<string> {
    for (let place = this.#placeOf(prefix); place < this.#keys.length; place += 1) {
      const key = this.#keys[place];
      if (key === undefined || !key.startsWith(prefix)) return;
      yield key;
    }
  }

  /** Where a key is, or would be. */
  #placeOf(key: string): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
