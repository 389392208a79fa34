import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createInformer, createTransport, resource, silentLogger } from '../src/index.ts';
import type { Change, Informer, InformerTimings, LogFields, Transport } from '../src/index.ts';
import { eventually } from './eventually.ts';
import {
  errorEvent,
  garbage,
  headersOnly,
  otherJson,
  refuse,
  reset,
  slowBody,
  stall,
  torn,
  truncated,
  wrongType,
} from './faults.ts';
import { HostileApiServer, noteResource } from './hostile-api-server.ts';
import type { Note } from './hostile-api-server.ts';
import { seeded } from '../src/testing/seeded.ts';

/** How soon after recovery everything must have arrived. */
const RECOVERY_MS = 2_000;
/** How many requests run into a fault before it goes. */
const REQUESTS_A_FAULT = 3;

describe('createInformer against a hostile server', () => {
  let server: HostileApiServer;
  let transport: Transport;
  let stop: AbortController;
  let stopped: Promise<void>;
  let errors: LogFields[];

  beforeEach(async () => {
    server = await new HostileApiServer().start();
    transport = createTransport(server.config, { userAgent: 'test', qps: 0 });
    stop = new AbortController();
    stopped = Promise.resolve();
    errors = [];
  });

  afterEach(async () => {
    stop.abort();
    await stopped;
    await transport.close();
    await server.stop();
  });

  function follow(timings: Partial<InformerTimings> = {}, pageSize?: number): Informer<Note> {
    const informer = createInformer<Note>({
      client: resource<Note>(transport, noteResource),
      namespace: 'default',
      pageSize,
      timings: { backoffBaseMs: 30, inactivityMs: 400, listTimeoutMs: 400, ...timings },
      indexes: { text: (note) => [note.data.text] },
      logger: { ...silentLogger, error: (_message, fields = {}) => errors.push(fields) },
    });
    stopped = informer.start(stop.signal);
    return informer;
  }

  function held(informer: Informer<Note>): Readonly<Record<string, string>> {
    return Object.fromEntries(
      informer.store
        .list()
        .map((note) => [note.metadata.name, note.data.text])
        .sort(),
    );
  }

  /** A reader that knows only what it is told. */
  function replica(informer: Informer<Note>): Map<string, string> {
    const told = new Map<string, string>();
    informer.subscribe(({ type, object }) => {
      if (type === 'deleted') told.delete(object.metadata.name);
      else told.set(object.metadata.name, object.data.text);
    });
    return told;
  }

  async function arrived(informer: Informer<Note>, told: ReadonlyMap<string, string>, withinMs: number): Promise<void> {
    const truth = JSON.stringify(server.truth);
    const same = (): boolean => JSON.stringify(held(informer)) === truth;
    await eventually(`the store holds ${truth}`, same, withinMs);
    expect(Object.fromEntries([...told].sort())).toEqual(server.truth);
  }

  it('reads a list page by page, then follows, without managedFields', async () => {
    for (let n = 0; n < 25; n += 1) server.put(`n${n}`, 'old');
    const informer = follow({}, 10);
    const told = replica(informer);
    await informer.synced;
    expect(informer.store.size).toBe(25);
    expect(server.countOf('list')).toBe(3);
    await eventually('it watches', () => server.openWatches === 1);
    server.put('n3', 'new');
    server.remove('n4');
    await arrived(informer, told, RECOVERY_MS);
    expect(informer.store.byIndex('text', 'new').map((note) => note.metadata.name)).toEqual(['n3']);
    expect(informer.store.get('default/n3')?.metadata).not.toHaveProperty('managedFields');
    expect(server.countOf('list')).toBe(3);
  });

  const faults = [
    { name: 'a reset', on: reset },
    { name: 'no answer at all', on: stall },
    { name: 'half an answer', on: torn },
    { name: 'garbage', on: garbage },
    { name: 'truncated JSON', on: truncated },
    { name: 'other JSON', on: otherJson },
    { name: 'a wrong content type', on: wrongType },
    { name: 'a slow body without end', on: slowBody },
    { name: 'headers and nothing more', on: headersOnly },
    { name: '500', on: refuse(500, 'InternalError') },
    { name: '429', on: refuse(429, 'TooManyRequests') },
    { name: '429 with Retry-After', on: refuse(429, 'TooManyRequests', { 'retry-after': '1' }) },
    { name: '503', on: refuse(503, 'ServiceUnavailable') },
    { name: '403', on: refuse(403, 'Forbidden') },
    { name: '410', on: refuse(410, 'Expired') },
    { name: 'an ERROR event 410', on: errorEvent(410, 'Expired') },
    { name: 'an ERROR event 500', on: errorEvent(500, 'InternalError') },
  ];

  it.each(faults)('P56 misses nothing through $name on every watch', async ({ on }) => {
    for (const name of ['a', 'b', 'c']) server.put(name, 'old');
    const informer = follow();
    const told = replica(informer);
    await informer.synced;
    await eventually('it watches', () => server.openWatches === 1);
    server.watchFault = on;
    server.reset();
    await changeUnseen();
    server.watchFault = undefined;
    await arrived(informer, told, RECOVERY_MS);
    await eventually('it watches again', () => server.openWatches === 1);
    server.put('e', 'after');
    await arrived(informer, told, RECOVERY_MS);
  });

  it.each(faults)('P56 misses nothing through $name on everything', async ({ on }) => {
    for (const name of ['a', 'b', 'c']) server.put(name, 'old');
    const informer = follow();
    const told = replica(informer);
    await informer.synced;
    await eventually('it watches', () => server.openWatches === 1);
    server.watchFault = on;
    server.fault = on;
    server.reset();
    await changeUnseen();
    server.compact();
    server.watchFault = undefined;
    server.fault = undefined;
    await arrived(informer, told, RECOVERY_MS);
  });

  it.each(faults)(
    'P56 comes back ever more slowly as long as $name lasts, and leaves no connection behind',
    async ({ on }) => {
      server.put('a', 'old');
      const informer = follow({ backoffBaseMs: 40, backoffMaxMs: 320, inactivityMs: 50, listTimeoutMs: 50 });
      const told = replica(informer);
      await informer.synced;
      await eventually('it watches', () => server.openWatches === 1);
      server.watchFault = server.fault = on;
      const startMs = performance.now();
      const before = server.requests.length;
      server.reset();
      await eventually('requests met the fault', () => server.requests.length - before >= 10, 20_000);
      // Waits of at least 20, 40, 80, 160 and 160 ms, whatever chance leaves of them; a slow machine only adds to that.
      expect(performance.now() - startMs).toBeGreaterThan(450);
      server.watchFault = server.fault = undefined;
      server.put('a', 'new');
      await arrived(informer, told, RECOVERY_MS);
      await eventually('only what is needed is open', () => server.openConnections <= 2);
    },
  );

  /** Changes things while nobody can see it, and lets some requests run into the fault. */
  async function changeUnseen(): Promise<void> {
    const before = server.requests.length;
    server.put('a', 'new');
    server.remove('b');
    server.put('d', 'new');
    await eventually('requests met the fault', () => server.requests.length - before >= REQUESTS_A_FAULT);
  }

  it.each([1, 2, 3, 4])('P56 holds the truth after any mixture of troubles (seed %i)', async (seed) => {
    const random = seeded(seed);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
    const troubles = [
      () => server.reset(),
      () => server.endWatches(),
      () => server.freeze(),
      () => server.say('no JSON\n'),
      () => server.say('{"type":"MODIFIED","object":{"metadata":{}}}\n'),
      () => server.say('{"type":"ADDED","obj'),
      () => server.say('{"type":"ERROR","object":{"kind":"Status","code":500}}\n'),
      () => server.bookmark(),
      () => (server.compact(), server.reset()),
      () => (server.watchFault = pick(faults).on),
      () => (server.fault = pick(faults).on),
    ];
    const informer = follow({ inactivityMs: 200, listTimeoutMs: 200, backoffBaseMs: 5, backoffMaxMs: 40 });
    const told = replica(informer);
    for (let round = 0; round < 40; round += 1) {
      const before = server.requests.length;
      for (let n = 0; n < 3; n += 1) {
        const name = pick(['a', 'b', 'c', 'd', 'e']);
        if (random() < 0.3) server.remove(name);
        else server.put(name, `round ${round}`);
      }
      pick(troubles)();
      if (random() < 0.5) await eventually('it asks again', () => server.requests.length > before, 2_000);
      if (random() < 0.5) server.watchFault = server.fault = undefined;
    }
    server.watchFault = server.fault = undefined;
    await arrived(informer, told, RECOVERY_MS);
    server.put('f', 'last');
    await arrived(informer, told, RECOVERY_MS);
  });

  it('P56 finds a watch that hears nothing any more (half-open), without a new list', async () => {
    server.put('a', 'old');
    const informer = follow();
    const told = replica(informer);
    await informer.synced;
    await eventually('it watches', () => server.openWatches === 1);
    server.freeze();
    server.put('a', 'new');
    await arrived(informer, told, RECOVERY_MS);
    expect(server.countOf('list')).toBe(1);
  });

  it('lets bookmarks keep a silent watch open, and goes on from the last', async () => {
    server.put('a', 'old');
    const informer = follow({ inactivityMs: 300 });
    const told = replica(informer);
    await informer.synced;
    await eventually('it watches', () => server.openWatches === 1);
    const endMs = performance.now() + 900;
    const beat = (): boolean => {
      server.bookmark();
      return performance.now() > endMs;
    };
    await eventually('bookmarks came three times as long as its patience', beat);
    expect(server.countOf('watch')).toBe(1);
    // Its object is seen by no watch: only a bookmark can have moved the watch past it.
    server.silent = true;
    server.put('a', 'unseen');
    server.bookmark();
    server.silent = false;
    server.endWatches();
    await eventually('it watches again', () => server.countOf('watch') === 2 && server.openWatches === 1);
    server.put('b', 'new');
    await eventually('what is after the bookmark arrives', () => told.get('b') === 'new');
    expect(told.get('a')).toBe('old');
  });

  it('opens a watch again when its time is up, without a new list', async () => {
    const informer = follow({ backoffMaxMs: 1 });
    const told = replica(informer);
    await informer.synced;
    for (let round = 1; round <= 5; round += 1) {
      await eventually('it watches', () => server.openWatches === 1);
      server.put('a', `round ${round}`);
      server.endWatches();
    }
    await arrived(informer, told, RECOVERY_MS);
    expect(server.countOf('list')).toBe(1);
  });

  it('P56 lets no listener disturb the others or the process', async () => {
    const informer = follow();
    informer.subscribe(() => {
      throw new Error('thrown');
    });
    const late = (): unknown => Promise.reject(new Error('rejected'));
    informer.subscribe(late);
    const told = replica(informer);
    await informer.synced;
    server.put('a', 'new');
    await arrived(informer, told, RECOVERY_MS);
    await eventually('both are reported', () => errors.length === 2);
    expect(errors.map(({ error }) => (error as Error).message).sort()).toEqual(['rejected', 'thrown']);
  });

  it('P56 gives a slow listener everything, in order', async () => {
    const informer = follow({ inactivityMs: 30_000 });
    const seen: string[] = [];
    informer.subscribe(({ object }) => {
      const endMs = performance.now() + 0.5;
      while (performance.now() < endMs);
      seen.push(object.data.text);
    });
    await informer.synced;
    await eventually('it watches', () => server.openWatches === 1);
    const wanted = Array.from({ length: 2_000 }, (_, n) => `${n} ${'x'.repeat(2_000)}`);
    for (const text of wanted) server.put('a', text);
    await eventually('all arrive', () => seen.length === wanted.length, 20_000);
    expect(seen).toEqual(wanted);
  });

  it('tells who comes late what is there, and nobody after the end of a subscription', async () => {
    server.put('a', 'old');
    const informer = follow();
    await informer.synced;
    const seen: Change<Note>['type'][] = [];
    const unsubscribe = informer.subscribe(({ type }) => seen.push(type));
    expect(seen).toEqual(['added']);
    unsubscribe();
    const told = replica(informer);
    server.put('a', 'new');
    await arrived(informer, told, RECOVERY_MS);
    expect(seen).toEqual(['added']);
  });

  it('says of a list after a gap what is added, modified, deleted, made anew or as it was', async () => {
    for (const name of ['same', 'changed', 'gone', 'anew']) server.put(name, 'old');
    const informer = follow();
    await informer.synced;
    const seen: string[] = [];
    informer.subscribe(({ type, object }) => seen.push(`${type} ${object.metadata.name}`));
    seen.length = 0;
    await eventually('it watches', () => server.openWatches === 1);
    server.silent = true;
    server.put('changed', 'new');
    server.remove('gone');
    server.remove('anew');
    server.put('anew', 'other');
    server.put('more', 'new');
    server.compact();
    server.silent = false;
    server.reset();
    await eventually('the list is in', () => seen.length === 6);
    expect(seen.sort()).toEqual([
      'added anew',
      'added more',
      'deleted anew',
      'deleted gone',
      'modified changed',
      'resynced same',
    ]);
  });

  it('serves the reply of an own write until the watch has caught up', async () => {
    server.put('a', 'old');
    const informer = follow();
    await informer.synced;
    await eventually('it watches', () => server.openWatches === 1);
    server.silent = true;
    const reply = server.put('a', 'mine');
    server.silent = false;
    informer.store.overlay(reply);
    expect(informer.store.get('default/a')?.data.text).toBe('mine');
    expect(informer.store.byIndex('text', 'mine')).toHaveLength(1);
    expect(informer.store.fresh('default/a')).toBe(false);
    server.endWatches();
    await eventually('the watch has caught up', () => informer.store.fresh('default/a'));
    expect(informer.store.get('default/a')?.data.text).toBe('mine');
  });

  it('stops at once, and leaves nothing open', async () => {
    const informer = follow();
    await informer.synced;
    await eventually('it watches', () => server.openWatches === 1);
    stop.abort();
    await stopped;
    await eventually('the watch is closed', () => server.openWatches === 0);
  });
});
