/** A heap whose first element is the least by `isBefore`. */
export class BinaryHeap<T> {
  readonly #items: T[] = [];
  readonly #isBefore: (a: T, b: T) => boolean;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    let child = this.#items.push(item) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#isBefore(item, this.#at(parent))) break;
      this.#items[child] = this.#at(parent);
      child = parent;
    }
    this.#items[child] = item;
  }

  pop(): T | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) this.#sinkFromTop(last);
    return first;
  }

  #sinkFromTop(item: T): void {
    const count = this.#items.length;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= count) break;
      if (child + 1 < count && this.#isBefore(this.#at(child + 1), this.#at(child))) child += 1;
      if (!this.#isBefore(this.#at(child), item)) break;
      this.#items[parent] = this.#at(child);
      parent = child;
    }
    this.#items[parent] = item;
  }

  #at(index: number): T {
    return this.#items[index] as T;
  }
}
