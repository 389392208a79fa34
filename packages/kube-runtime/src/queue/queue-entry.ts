import { BinaryHeap } from './binary-heap.ts';

/** When and how urgently a key is to be worked. */
export interface Wish {
  readonly priority: number;
  /** Monotonic. */
  readonly dueMs: number;
}

/**
 * One key in the queue: `waiting` for its time, `ready` for any worker, `parked` until its full lane has a free
 * worker, or `active`.
 */
export interface Entry<K> {
  readonly key: K;
  phase: 'waiting' | 'ready' | 'parked' | 'active';
  wish: Wish;
  /** Order of arrival, among equals. */
  readonly order: number;
  /** Raised whenever the entry moves, so that its older places in heaps are recognised as left. */
  stamp: number;
  readySinceMs: number;
  /** Where it is parked or worked. */
  lane: string;
  /** Set while active: work it once more after. */
  again: Wish | undefined;
}

/** The sooner and the more urgent of two wishes. */
export function eager(a: Wish, b: Wish): Wish {
  return { priority: Math.max(a.priority, b.priority), dueMs: Math.min(a.dueMs, b.dueMs) };
}

/** An entry's place in a heap. It keeps what it was sorted by: the entry may change while the place is left behind. */
interface Place<K> extends Wish {
  readonly entry: Entry<K>;
  readonly stamp: number;
  readonly order: number;
}

/** An ordered place for entries; an entry that has moved on since is passed over. */
export class EntryHeap<K> {
  readonly #heap: BinaryHeap<Place<K>>;

  constructor(isBefore: (a: Sortable, b: Sortable) => boolean) {
    this.#heap = new BinaryHeap<Place<K>>(isBefore);
  }

  /** Puts the entry here, and thereby out of where it was. */
  put(entry: Entry<K>): void {
    entry.stamp += 1;
    this.#heap.push({ entry, stamp: entry.stamp, order: entry.order, ...entry.wish });
  }

  peek(): Entry<K> | undefined {
    for (let top = this.#heap.peek(); top !== undefined; top = this.#heap.peek()) {
      if (top.stamp === top.entry.stamp) return top.entry;
      this.#heap.pop();
    }
    return undefined;
  }

  take(): Entry<K> | undefined {
    const entry = this.peek();
    if (entry !== undefined) this.#heap.pop();
    return entry;
  }
}

/** What entries are sorted by. */
export interface Sortable extends Wish {
  readonly order: number;
}

/** More urgent first, then who came first. */
export function moreUrgent(a: Sortable, b: Sortable): boolean {
  return a.priority === b.priority ? a.order < b.order : a.priority > b.priority;
}

/** Due first. */
export function dueSooner(a: Sortable, b: Sortable): boolean {
  return a.dueMs === b.dueMs ? a.order < b.order : a.dueMs < b.dueMs;
}
