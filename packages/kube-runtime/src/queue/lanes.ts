import { EntryHeap, moreUrgent } from './queue-entry.ts';
import type { Entry } from './queue-entry.ts';

interface Lane<K> {
  active: number;
  readonly parked: EntryHeap<K>;
}

/** Who works in which lane, and who waits for a free worker there. */
export class Lanes<K extends string> {
  readonly #lanes = new Map<string, Lane<K>>();
  readonly #laneOf: (key: K) => string;
  readonly #workersOf: (lane: string) => number;

  constructor(laneOf: (key: K) => string, workersOf: (lane: string) => number) {
    this.#laneOf = laneOf;
    this.#workersOf = workersOf;
  }

  /** Finds the entry's lane and a worker there. @returns false if it is parked for want of one. */
  assign(entry: Entry<K>): boolean {
    entry.lane = this.#laneOf(entry.key);
    const lane = this.#lane(entry.lane);
    if (lane.active < this.#limitOf(entry.lane)) {
      lane.active += 1;
      return true;
    }
    entry.phase = 'parked';
    lane.parked.put(entry);
    return false;
  }

  /** The worker of an active entry is free again. */
  leave(entry: Entry<K>): void {
    this.#lane(entry.lane).active -= 1;
  }

  /** As many parked entries as the lane has free workers: out of the lane, to be assigned anew. */
  release(name: string): readonly Entry<K>[] {
    const lane = this.#lanes.get(name);
    if (lane === undefined) return [];
    const released: Entry<K>[] = [];
    while (lane.active + released.length < this.#limitOf(name)) {
      const entry = lane.parked.take();
      if (entry === undefined) break;
      released.push(entry);
    }
    if (lane.active === 0 && lane.parked.peek() === undefined) this.#lanes.delete(name);
    return released;
  }

  #limitOf(name: string): number {
    return Math.max(1, this.#workersOf(name));
  }

  #lane(name: string): Lane<K> {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { active: 0, parked: new EntryHeap<K>(moreUrgent) };
      this.#lanes.set(name, lane);
    }
    return lane;
  }
}
