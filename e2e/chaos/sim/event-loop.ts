import { AsyncLocalStorage } from 'node:async_hooks';

/** Something that will happen. */
export interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly owner: SimProcess | undefined;
  run: (() => void) | undefined;
}

/** One start of a program: what runs for it ends with it, and waits while it is stopped. */
export class SimProcess {
  readonly name: string;
  #state: 'running' | 'stopped' | 'dead' = 'running';
  #held: Event[] = [];
  readonly #deathWatchers = new Set<() => void>();

  constructor(name: string) {
    this.name = name;
  }

  get state(): 'running' | 'stopped' | 'dead' {
    return this.#state;
  }

  /** SIGKILL: nothing of it runs any more. */
  kill(): void {
    if (this.#state === 'dead') return;
    this.#state = 'dead';
    this.#held = [];
    for (const told of [...this.#deathWatchers]) told();
    this.#deathWatchers.clear();
  }

  /** SIGSTOP. */
  stop(): void {
    if (this.#state === 'running') this.#state = 'stopped';
  }

  /** SIGCONT. @returns what was due meanwhile. */
  resume(): readonly Event[] {
    if (this.#state !== 'stopped') return [];
    this.#state = 'running';
    return this.#held.splice(0);
  }

  hold(event: Event): void {
    this.#held.push(event);
  }

  /** Calls back when it dies; the returned function ends that. */
  onDeath(told: () => void): () => void {
    this.#deathWatchers.add(told);
    return () => this.#deathWatchers.delete(told);
  }
}

const realSetImmediate = setImmediate;
/** Events that one turn of the real loop runs. */
const batch = 128;

/**
 * Virtual time for everything in this process: one queue of events, run in order, each followed by all that becomes possible without
 * another event. It knows which process each event belongs to.
 */
export class EventLoop {
  readonly #context = new AsyncLocalStorage<SimProcess>();
  readonly #root = AsyncLocalStorage.snapshot() as (run: () => void) => void;
  readonly #heap: Event[] = [];
  #nowMs = 0;
  #order = 0;
  #hash = 0x811c9dc5;
  #events = 0;
  #pumping = false;
  #ended = false;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** The process whose code runs now. */
  get current(): SimProcess | undefined {
    return this.#context.getStore();
  }

  /** What tells one history of events from another. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  get events(): number {
    return this.#events;
  }

  /** Mixes something that happened into {@link hash}. */
  note(text: string): void {
    for (let at = 0; at < text.length; at += 1) this.#mix(text.charCodeAt(at));
  }

  /** Lets `run` happen later, as a deed of `owner`, unless that is dead by then; while it is stopped, it waits. */
  schedule(delayMs: number, owner: SimProcess | undefined, run: () => void): Event {
    return this.scheduleAt(this.#nowMs + delayMs, owner, run);
  }

  /**
   * The same at a moment. What has to come one after the other is scheduled so: a delay is added to the present, which rounds, and a
   * later one could come out before an earlier one.
   */
  scheduleAt(atMs: number, owner: SimProcess | undefined, run: () => void): Event {
    this.#order += 1;
    const event: Event = { atMs: Math.max(this.#nowMs, atMs), order: this.#order, owner, run };
    this.#push(event);
    if (!this.#pumping && !this.#ended) {
      this.#pumping = true;
      this.#root(() => realSetImmediate(() => this.#pump()));
    }
    return event;
  }

  cancel(event: Event | undefined): void {
    if (event) event.run = undefined;
  }

  /** Runs as code of a process. */
  as<T>(process: SimProcess, run: () => T): T {
    return this.#context.run(process, run);
  }

  /** Lets a stopped process go on, with what was due meanwhile first. */
  resume(process: SimProcess): void {
    for (const event of process.resume()) {
      if (event.run) this.schedule(0, process, event.run);
    }
  }

  /** Nothing happens any more. */
  end(): void {
    this.#ended = true;
    this.#heap.length = 0;
  }

  #pump(): void {
    if (this.#ended) return;
    for (let count = 0; count < batch - 1; count += 1) realSetImmediate(() => this.#step());
    realSetImmediate(() => {
      this.#step();
      if (this.#heap.length > 0) realSetImmediate(() => this.#pump());
      else this.#pumping = false;
    });
  }

  #step(): void {
    for (let event = this.#pop(); event; event = this.#pop()) {
      const { run, owner } = event;
      if (!run || owner?.state === 'dead') continue;
      this.#nowMs = Math.max(this.#nowMs, event.atMs);
      if (owner?.state === 'stopped') {
        owner.hold(event);
        continue;
      }
      event.run = undefined;
      this.#events += 1;
      this.#mix(Math.floor(event.atMs * 1_000));
      this.#mix(event.order);
      run();
      return;
    }
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ (value | 0), 0x01000193);
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (!above || isBefore(above, event)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = heap[child];
      if (!left) break;
      const right = heap[child + 1];
      let least = left;
      if (right && isBefore(right, left)) {
        child += 1;
        least = right;
      }
      if (isBefore(last, least)) break;
      heap[at] = least;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
