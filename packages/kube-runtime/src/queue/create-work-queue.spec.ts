import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock, settle } from '../testing/fake-clock.ts';
import { createWorkQueue } from './create-work-queue.ts';
import type { WorkQueue, WorkQueueOptions } from './work-queue.ts';
import { priorities } from './work-queue.ts';

/** A worker whose keys end when the spec says so. */
class Bench {
  readonly started: string[] = [];
  readonly #finish = new Map<string, () => void>();

  work = async (key: string): Promise<void> => {
    this.started.push(key);
    await new Promise<void>((resolve) => this.#finish.set(key, resolve));
  };

  async finish(key: string): Promise<void> {
    this.#finish.get(key)?.();
    await settle();
  }

  get running(): readonly string[] {
    return [...this.#finish.keys()];
  }
}

describe('createWorkQueue', () => {
  let clock: FakeClock;
  let bench: Bench;
  let stop: AbortController;

  beforeEach(() => {
    clock = new FakeClock();
    bench = new Bench();
    stop = new AbortController();
  });

  afterEach(() => stop.abort());

  function start(options: Partial<WorkQueueOptions<string>> = {}): WorkQueue<string> {
    const queue = createWorkQueue<string>({ name: 'test', clock, random: () => 0, ...options });
    void queue.run(bench.work, stop.signal);
    return queue;
  }

  it('works a key once however often it was added', async () => {
    const queue = start();
    queue.add('a');
    queue.add('a');
    await settle();
    expect(bench.started).toEqual(['a']);
    await bench.finish('a');
    expect(bench.started).toEqual(['a']);
    expect(queue.active).toBe(0);
  });

  it('works a key once more after, when it was added while it was worked', async () => {
    const queue = start({ workersPerLane: () => 4 });
    queue.add('a');
    await settle();
    queue.add('a');
    queue.add('a');
    await settle();
    expect(bench.started).toEqual(['a']);
    await bench.finish('a');
    expect(bench.started).toEqual(['a', 'a']);
    await bench.finish('a');
    expect(bench.started).toEqual(['a', 'a']);
  });

  it('hands out the more urgent first, and equals in the order of their arrival', async () => {
    const queue = start();
    queue.add('resync', { priority: priorities.resync });
    queue.add('first');
    queue.add('second');
    queue.add('user', { priority: priorities.user });
    for (const key of ['user', 'first', 'second', 'resync']) {
      await settle();
      await bench.finish(key);
    }
    expect(bench.started).toEqual(['user', 'first', 'second', 'resync']);
  });

  it("P28 works a person's change next, in the middle of a resync of 5,000", async () => {
    const queue = start();
    for (let n = 0; n < 5_000; n += 1) queue.add(`vm-${n}`, { priority: priorities.resync });
    await settle();
    queue.add('vm-4999', { priority: priorities.user });
    queue.add('new', { priority: priorities.user });
    await bench.finish('vm-0');
    await bench.finish('vm-4999');
    await bench.finish('new');
    expect(bench.started).toEqual(['vm-0', 'vm-4999', 'new', 'vm-1']);
    expect(queue.depth).toBe(4_997);
  });

  it('P23 goes on in other lanes while one is full', async () => {
    const queue = start({ laneOf: (key) => key[0] ?? '', workersPerLane: (lane) => (lane === 'a' ? 2 : 1) });
    for (const key of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2']) queue.add(key);
    await settle();
    expect(bench.started).toEqual(['a1', 'a2', 'b1']);
    await bench.finish('b1');
    expect(bench.started).toEqual(['a1', 'a2', 'b1', 'b2']);
    await bench.finish('a2');
    expect(bench.started).toEqual(['a1', 'a2', 'b1', 'b2', 'a3']);
    expect(queue.depth).toBe(1);
  });

  it('keeps a key exclusive when its lane changes while it is worked', async () => {
    let lane = 'a';
    const queue = start({ laneOf: () => lane, workersPerLane: () => 4 });
    queue.add('key');
    await settle();
    lane = 'b';
    queue.add('key');
    await settle();
    expect(bench.started).toEqual(['key']);
    await bench.finish('key');
    expect(bench.started).toEqual(['key', 'key']);
  });

  it('asks for the lane anew when a waiting key is added again', async () => {
    const lanes = new Map([
      ['busy', 'a'],
      ['moved', 'a'],
    ]);
    const queue = start({ laneOf: (key) => lanes.get(key) ?? '' });
    queue.add('busy');
    queue.add('moved');
    await settle();
    expect(bench.started).toEqual(['busy']);
    lanes.set('moved', 'b');
    queue.add('moved');
    await settle();
    expect(bench.started).toEqual(['busy', 'moved']);
  });

  it('lets a lane go on when the key that it had parked has moved to another full lane', async () => {
    const lanes = new Map([
      ['a1', 'a'],
      ['b1', 'b'],
      ['mover', 'a'],
      ['a2', 'a'],
    ]);
    const queue = start({ laneOf: (key) => lanes.get(key) ?? '' });
    for (const key of lanes.keys()) queue.add(key);
    await settle();
    lanes.set('mover', 'b');
    await bench.finish('a1');
    expect(bench.started).toEqual(['a1', 'b1', 'a2']);
    await bench.finish('b1');
    expect(bench.started).toEqual(['a1', 'b1', 'a2', 'mover']);
  });

  it('waits as long as it is told, and no longer than the soonest wish', async () => {
    const queue = start();
    queue.add('a', { afterMs: 60_000 });
    queue.add('a', { afterMs: 1_000 });
    queue.add('a', { afterMs: 90_000 });
    await clock.advance(999);
    expect(bench.started).toEqual([]);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(bench.started).toEqual(['a']);
    await bench.finish('a');
    await clock.advance(120_000);
    expect(bench.started).toEqual(['a']);
  });

  it('doubles the wait of a failing key up to the longest, until it is forgotten', () => {
    const queue = start({ backoff: { baseMs: 100, maxMs: 1_000 } });
    const waits = [1, 2, 3, 4, 5, 6].map(() => queue.retry('a'));
    expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(queue.failures('a')).toBe(6);
    queue.forget('a');
    expect(queue.retry('a')).toBe(100);
  });

  it('leaves a share of the wait to chance', () => {
    const queue = start({ random: () => 0.999_999, backoff: { baseMs: 1_000, jitter: 0.5 } });
    expect(Math.round(queue.retry('a'))).toBe(500);
  });

  it('works a key at once that is added during its back-off', async () => {
    const queue = start();
    queue.retry('a');
    queue.add('a');
    await settle();
    expect(bench.started).toEqual(['a']);
  });

  it('takes keys before it runs, hands out none after the stop, and ends when the last worker has', async () => {
    const queue = createWorkQueue<string>({ name: 'test', clock });
    queue.add('a');
    queue.add('b');
    let ended = false;
    const run = queue.run(bench.work, stop.signal).then(() => (ended = true));
    await settle();
    queue.add('c', { afterMs: 10 });
    stop.abort();
    await clock.advance(100);
    expect(bench.started).toEqual(['a']);
    expect(ended).toBe(false);
    await bench.finish('a');
    await run;
    expect(bench.started).toEqual(['a']);
    expect(clock.timers).toBe(0);
  });

  it('reports adds, depth, times and retries', async () => {
    const seen: unknown[] = [];
    const queue = start({
      metrics: {
        added: (name) => seen.push(['added', name]),
        depth: (_name, n) => seen.push(['depth', n]),
        queued: (_name, seconds) => seen.push(['queued', seconds]),
        worked: (_name, seconds) => seen.push(['worked', seconds]),
        retried: () => seen.push(['retried']),
      },
    });
    queue.add('a');
    queue.add('b');
    await settle();
    await clock.advance(2_000);
    await bench.finish('a');
    expect(seen).toEqual([
      ['added', 'test'],
      ['depth', 1],
      ['added', 'test'],
      ['depth', 2],
      ['depth', 1],
      ['queued', 0],
      ['worked', 2],
      ['depth', 0],
      ['queued', 2],
    ]);
    queue.retry('c');
    expect(seen.slice(-2)).toEqual([['retried'], ['added', 'test']]);
  });
});
