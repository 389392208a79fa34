import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock, settle } from '../testing/fake-clock.ts';
import { RecordingLogger } from '../testing/recording-logger.ts';
import type { Controller, ControllerOptions, Result } from './controller.ts';
import { createController } from './create-controller.ts';

describe('createController', () => {
  let clock: FakeClock;
  let logger: RecordingLogger;
  let stop: AbortController;

  beforeEach(() => {
    clock = new FakeClock();
    logger = new RecordingLogger();
    stop = new AbortController();
  });

  afterEach(() => stop.abort());

  function create(options: Pick<ControllerOptions, 'reconcile'> & Partial<ControllerOptions>): Controller {
    return createController({ name: 'vm', clock, logger, random: () => 0, ...options });
  }

  /** Reconciles by a script, one result a run. */
  function scripted(results: readonly (Result | Error)[]): { reconcile: () => Promise<Result>; atMs: number[] } {
    const atMs: number[] = [];
    const reconcile = async (): Promise<Result> => {
      const result = results[atMs.length] ?? { kind: 'done' };
      atMs.push(clock.monotonicMs());
      if (result instanceof Error) throw result;
      return result;
    };
    return { reconcile, atMs };
  }

  it('leaves a key alone after `done`', async () => {
    const { reconcile, atMs } = scripted([]);
    const controller = create({ reconcile });
    void controller.start(stop.signal);
    controller.enqueue('ns/a');
    await clock.advance(600_000);
    expect(atMs).toEqual([0]);
  });

  it('tells who has subscribed that a reconcile begins and has ended, also where it threw', async () => {
    const told: unknown[] = [];
    const hear = (message: unknown): void => void told.push(message);
    subscribe('virtrigaud.reconcile', hear);
    try {
      const { reconcile } = scripted([new Error('no')]);
      const controller = create({ reconcile });
      void controller.start(stop.signal);
      controller.enqueue('ns/a');
      await settle();
    } finally {
      unsubscribe('virtrigaud.reconcile', hear);
    }
    const run = { controller: 'vm', key: 'ns/a', correlationId: expect.any(String) };
    expect(told).toEqual([
      { ...run, moment: 'begins' },
      { ...run, moment: 'ended' },
    ]);
  });

  it('calls again when `requeue` says', async () => {
    const { reconcile, atMs } = scripted([{ kind: 'requeue', afterMs: 15_000 }]);
    const controller = create({ reconcile });
    controller.enqueue('ns/a');
    void controller.start(stop.signal);
    await clock.advance(600_000);
    expect(atMs).toEqual([0, 15_000]);
  });

  it('goes by the latest result: an earlier wish to be called again is replaced', async () => {
    const { reconcile, atMs } = scripted([{ kind: 'requeue', afterMs: 60_000 }, { kind: 'done' }]);
    const controller = create({ reconcile });
    void controller.start(stop.signal);
    controller.enqueue('ns/a');
    await clock.advance(10_000);
    controller.enqueue('ns/a');
    await clock.advance(600_000);
    expect(atMs).toEqual([0, 10_000]);
  });

  it('backs off ever longer, by result and by exception, and starts small after a success', async () => {
    const failure: Result = { kind: 'backoff', error: new Error('not yet') };
    const { reconcile, atMs } = scripted([failure, new Error('broken'), failure, { kind: 'done' }, failure]);
    const controller = create({ reconcile, queue: { backoff: { baseMs: 100 } } });
    void controller.start(stop.signal);
    controller.enqueue('ns/a');
    await clock.advance(10_000);
    expect(atMs).toEqual([0, 100, 300, 700]);
    controller.enqueue('ns/a');
    await clock.advance(10_000);
    expect(atMs.slice(4)).toEqual([10_000, 10_100]);
    expect(logger.at('warn')).toEqual(['Reconcile failed', 'Reconcile failed', 'Reconcile failed']);
    expect(logger.at('error')).toEqual(['Reconcile threw']);
    expect(logger.lines[1]?.fields).toMatchObject({ controller: 'vm', key: 'ns/a', failures: 2, retryAfterMs: 200 });
  });

  it('survives a reconcile that throws before it is a promise, and goes on with other keys', async () => {
    const keys: string[] = [];
    const controller = create({
      reconcile: (key) => {
        keys.push(key);
        if (key === 'ns/bad') throw new TypeError('at once');
        return Promise.resolve({ kind: 'done' });
      },
    });
    void controller.start(stop.signal);
    controller.enqueue('ns/bad');
    controller.enqueue('ns/good');
    await settle();
    expect(keys).toEqual(['ns/bad', 'ns/good']);
  });

  it('works a key whose lane cannot be told', async () => {
    const { reconcile, atMs } = scripted([]);
    const fail = (): never => {
      throw new Error('no lane');
    };
    const controller = create({ reconcile, queue: { laneOf: fail, workersPerLane: fail } });
    void controller.start(stop.signal);
    controller.enqueue('ns/a');
    await settle();
    expect(atMs).toEqual([0]);
    expect(new Set(logger.at('error'))).toEqual(new Set(['The lane of a key could not be told']));
  });

  it('runs each reconcile in the context that the caller gives it', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const controller = create({
      reconcile: async (_key, { correlationId }) => {
        await settle();
        seen.push([storage.getStore(), correlationId]);
        return { kind: 'done' };
      },
      runWithContext: ({ correlationId, key, controller: name, lane }, run) => {
        seen.push([name, key, lane]);
        return storage.run(correlationId, run);
      },
      queue: { laneOf: () => 'lane' },
      random: () => 0.5,
    });
    void controller.start(stop.signal);
    controller.enqueue('ns/a');
    await clock.advance(0);
    await settle();
    expect(seen).toEqual([
      ['vm', 'ns/a', 'lane'],
      ['8000000080000000', '8000000080000000'],
    ]);
  });

  it('waits for running reconciles at a stop, aborts them after the grace, and takes no new key', async () => {
    const seen: string[] = [];
    const controller = create({
      graceMs: 5_000,
      reconcile: async (key, { signal }) => {
        seen.push(key);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        seen.push('aborted');
        throw new Error('cut short');
      },
    });
    let ended = false;
    const run = controller.start(stop.signal).then(() => (ended = true));
    controller.enqueue('ns/a');
    controller.enqueue('ns/b');
    await settle();
    stop.abort();
    await clock.advance(4_999);
    expect([seen, ended]).toEqual([['ns/a'], false]);
    await clock.advance(1);
    await run;
    expect(seen).toEqual(['ns/a', 'aborted']);
    expect(clock.timers).toBe(0);
    expect(logger.at('error')).toEqual([]);
  });

  it('aborts running reconciles at once when told so, without a grace', async () => {
    const abort = new AbortController();
    const controller = create({
      reconcile: (_key, { signal }) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'done' }))),
    });
    const run = controller.start(stop.signal, { abort: abort.signal });
    controller.enqueue('ns/a');
    await settle();
    abort.abort();
    await run;
    expect(controller.active).toBe(0);
    expect(clock.timers).toBe(0);
  });

  it('ends a stop even if a reconcile heeds nothing, and says so', async () => {
    const controller = create({ graceMs: 1_000, reconcile: () => new Promise(() => undefined) });
    const run = controller.start(stop.signal);
    controller.enqueue('ns/a');
    await settle();
    stop.abort();
    await clock.advance(2_000);
    await run;
    expect(logger.at('error')).toEqual(['Reconciles ignore that the controller stops']);
  });

  it('reports how each reconcile ended', async () => {
    const { reconcile } = scripted([
      { kind: 'requeue', afterMs: 0 },
      { kind: 'requeue', afterMs: 10 },
      { kind: 'backoff', error: 'no' },
    ]);
    const seen: unknown[] = [];
    const controller = create({
      reconcile,
      metrics: {
        finished: (name, result, seconds) => seen.push([name, result, seconds]),
        active: (_name, delta) => seen.push(delta),
      },
    });
    void controller.start(stop.signal);
    controller.enqueue('ns/a');
    await clock.advance(1_000);
    const outcomes = ['requeue', 'requeue_after', 'error', 'success'];
    expect(seen).toEqual(outcomes.flatMap((outcome) => [1, -1, ['vm', outcome, 0]]));
  });
});
