import { backoffMs } from '../ports/backoff.ts';
import type { Growth } from '../ports/backoff.ts';
import type { CancelTimer, Clock, Random } from '../ports/clock.ts';
import type { QueueMetrics } from '../ports/metrics.ts';
import { aborted } from '../ports/sleep.ts';
import { systemClock, systemRandom } from '../ports/system-clock.ts';
import { Lanes } from './lanes.ts';
import { dueSooner, eager, EntryHeap, moreUrgent } from './queue-entry.ts';
import type { Entry, Wish } from './queue-entry.ts';
import type { AddOptions, Worker, WorkQueue, WorkQueueOptions } from './work-queue.ts';
import { priorities } from './work-queue.ts';

/** A de-duplicating priority queue with lanes: a slow lane holds back no other. */
export function createWorkQueue<K extends string>(options: WorkQueueOptions<K>): WorkQueue<K> {
  return new LanedQueue(options);
}

const defaultGrowth: Growth = { baseMs: 200, maxMs: 300_000, jitter: 0.5 };

class LanedQueue<K extends string> implements WorkQueue<K> {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #growth: Growth;
  readonly #metrics: QueueMetrics | undefined;

  readonly #entries = new Map<K, Entry<K>>();
  readonly #failures = new Map<K, number>();
  readonly #waiting = new EntryHeap<K>(dueSooner);
  readonly #ready = new EntryHeap<K>(moreUrgent);
  readonly #lanes: Lanes<K>;
  #arrivals = 0;
  #depth = 0;
  #active = 0;
  #worker: Worker<K> | undefined;
  #ended = false;
  #dispatching = false;
  #cancelTimer: CancelTimer | undefined;
  #whenIdle: (() => void) | undefined;

  constructor(options: WorkQueueOptions<K>) {
    this.#name = options.name;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#growth = { ...defaultGrowth, ...options.backoff };
    this.#metrics = options.metrics;
    this.#lanes = new Lanes(options.laneOf ?? (() => ''), options.workersPerLane ?? (() => 1));
  }

  get depth(): number {
    return this.#depth;
  }

  get active(): number {
    return this.#active;
  }

  add(key: K, options: AddOptions = {}): void {
    if (this.#ended) return;
    const wish: Wish = {
      priority: options.priority ?? priorities.normal,
      dueMs: this.#clock.monotonicMs() + Math.max(0, options.afterMs ?? 0),
    };
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#enter(key, wish);
    else if (entry.phase === 'active') this.#workAgain(entry, wish);
    else this.#hasten(entry, wish);
  }

  retry(key: K, options: Pick<AddOptions, 'priority'> = {}): number {
    const failures = this.failures(key);
    const afterMs = backoffMs(this.#growth, failures, this.#random);
    this.#failures.set(key, failures + 1);
    this.#metrics?.retried(this.#name);
    this.add(key, { ...options, afterMs });
    return afterMs;
  }

  forget(key: K): void {
    this.#failures.delete(key);
  }

  failures(key: K): number {
    return this.#failures.get(key) ?? 0;
  }

  async run(worker: Worker<K>, signal: AbortSignal): Promise<void> {
    if (this.#worker !== undefined) throw new Error(`The work queue ${this.#name} runs already`);
    this.#worker = worker;
    this.#scheduleDispatch();
    await aborted(signal);
    this.#ended = true;
    this.#cancelTimer?.();
    if (this.#active > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
  }

  #enter(key: K, wish: Wish): void {
    this.#arrivals += 1;
    const entry: Entry<K> = {
      key,
      wish,
      phase: 'waiting',
      order: this.#arrivals,
      stamp: 0,
      readySinceMs: 0,
      lane: '',
      again: undefined,
    };
    this.#entries.set(key, entry);
    this.#metrics?.added(this.#name);
    this.#place(entry);
  }

  #workAgain(entry: Entry<K>, wish: Wish): void {
    if (entry.again === undefined) this.#metrics?.added(this.#name);
    entry.again = entry.again === undefined ? wish : eager(entry.again, wish);
  }

  #hasten(entry: Entry<K>, wish: Wish): void {
    const { priority, dueMs } = entry.wish;
    entry.wish = eager(entry.wish, wish);
    // What waits for nothing but its time, or its turn, gains nothing by being placed anew.
    const isSame = entry.wish.priority === priority && entry.wish.dueMs === dueMs;
    if (isSame && entry.phase !== 'parked') return;
    this.#place(entry);
  }

  /** Waiting or ready, as its time says. A parked entry is ready again, since its lane may be another by now. */
  #place(entry: Entry<K>): void {
    const nowMs = this.#clock.monotonicMs();
    const wasReady = entry.phase === 'ready' || entry.phase === 'parked';
    if (!wasReady && entry.wish.dueMs > nowMs) {
      entry.phase = 'waiting';
      this.#waiting.put(entry);
    } else {
      if (!wasReady) this.#becomesReady(entry, nowMs);
      entry.phase = 'ready';
      this.#ready.put(entry);
    }
    this.#scheduleDispatch();
  }

  #becomesReady(entry: Entry<K>, nowMs: number): void {
    entry.readySinceMs = nowMs;
    this.#changeDepth(1);
  }

  #changeDepth(delta: number): void {
    this.#depth += delta;
    this.#metrics?.depth(this.#name, this.#depth);
  }

  /** Not at once: who adds many keys sees the most urgent of them worked first. */
  #scheduleDispatch(): void {
    if (this.#dispatching || this.#worker === undefined || this.#ended) return;
    this.#dispatching = true;
    queueMicrotask(() => {
      this.#dispatching = false;
      if (!this.#ended) this.#dispatch();
    });
  }

  #dispatch(): void {
    this.#promoteDue();
    for (let entry = this.#ready.take(); entry !== undefined; entry = this.#ready.take()) {
      const leftLane = entry.lane;
      if (this.#lanes.assign(entry)) this.#start(entry);
      if (entry.lane !== leftLane) this.#refill(leftLane);
    }
    this.#armTimer();
  }

  #promoteDue(): void {
    const nowMs = this.#clock.monotonicMs();
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      if (next.wish.dueMs > nowMs) return;
      this.#becomesReady(next, nowMs);
      next.phase = 'ready';
      this.#ready.put(next);
    }
  }

  #refill(lane: string): void {
    for (const entry of this.#lanes.release(lane)) {
      entry.phase = 'ready';
      this.#ready.put(entry);
    }
  }

  #armTimer(): void {
    this.#cancelTimer?.();
    const next = this.#waiting.peek();
    if (next === undefined) return;
    const delayMs = Math.max(0, next.wish.dueMs - this.#clock.monotonicMs());
    this.#cancelTimer = this.#clock.schedule(delayMs, () => this.#scheduleDispatch());
  }

  #start(entry: Entry<K>): void {
    entry.phase = 'active';
    this.#active += 1;
    this.#changeDepth(-1);
    const startedMs = this.#clock.monotonicMs();
    this.#metrics?.queued(this.#name, (startedMs - entry.readySinceMs) / 1000);
    const finish = (): void => this.#finish(entry, startedMs);
    void this.#worker?.(entry.key, entry.lane).finally(finish);
  }

  #finish(entry: Entry<K>, startedMs: number): void {
    this.#active -= 1;
    this.#metrics?.worked(this.#name, (this.#clock.monotonicMs() - startedMs) / 1000);
    this.#lanes.leave(entry);
    this.#refill(entry.lane);
    this.#entries.delete(entry.key);
    if (entry.again !== undefined) this.#reenter(entry, entry.again);
    this.#scheduleDispatch();
    if (this.#ended && this.#active === 0) this.#whenIdle?.();
  }

  #reenter(entry: Entry<K>, wish: Wish): void {
    this.#arrivals += 1;
    const next: Entry<K> = { ...entry, wish, phase: 'waiting', order: this.#arrivals, stamp: 0, again: undefined };
    this.#entries.set(entry.key, next);
    this.#place(next);
  }
}
