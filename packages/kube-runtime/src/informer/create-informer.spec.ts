import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiError } from '../api/api-error.ts';
import type { KubeObject } from '../api/kube-object.ts';
import type { WatchFrame } from '../api/resource-client.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { RecordingLogger } from '../testing/recording-logger.ts';
import { scriptedClient, until } from '../testing/scripted-client.ts';
import type { Script } from '../testing/scripted-client.ts';
import { createInformer } from './create-informer.ts';
import type { Informer, InformerOptions } from './informer.ts';

const reset = new ApiError('Unreachable', 'reset');
const gone = new ApiError('Status', 'too old', { status: 410 });

/** A watch that fails, or that its server ends, at once. */
async function* ended(error?: Error): AsyncGenerator<never> {
  if (error !== undefined) throw error;
  yield* [];
}

describe('createInformer under a clock', () => {
  let clock: FakeClock;
  let stop: AbortController;
  let stopped: Promise<void>;
  let logger: RecordingLogger;
  let asked: string[];

  beforeEach(() => {
    clock = new FakeClock();
    stop = new AbortController();
    logger = new RecordingLogger();
    asked = [];
  });

  afterEach(async () => {
    stop.abort();
    await stopped;
    expect(clock.timers).toBe(0);
  });

  function follow(
    script: Script<KubeObject>,
    options: Partial<InformerOptions<KubeObject>> = {},
  ): Informer<KubeObject> {
    const client = scriptedClient<KubeObject>({
      list: () => {
        asked.push(`list ${clock.monotonicMs()}`);
        return script.list?.() ?? Promise.resolve({ items: [], resourceVersion: '7' });
      },
      watch: (call) => {
        asked.push(`watch ${clock.monotonicMs()}`);
        return script.watch?.(call) ?? until(call.signal);
      },
    });
    const informer = createInformer<KubeObject>({ client, clock, logger, random: () => 0, ...options });
    stopped = informer.start(stop.signal);
    return informer;
  }

  it('P56 waits ever longer for a list that fails, and less than two seconds', async () => {
    follow({ list: () => Promise.reject(reset) });
    await clock.advance(6_000);
    const times = [0, 100, 300, 700, 1_500, 3_000, 4_500, 6_000];
    expect(asked).toEqual(times.map((ms) => `list ${ms}`));
  });

  it('waits as long as a busy server asks, at most half a minute', async () => {
    const busy = new ApiError('Status', 'busy', { status: 429, retryAfterMs: 100_000 });
    follow({ list: () => Promise.reject(busy) });
    await clock.advance(60_000);
    expect(asked).toEqual(['list 0', 'list 30000', 'list 60000']);
  });

  it('P56 opens a watch that fails ever later, and lists after five that said nothing', async () => {
    follow({ watch: () => ended(reset) });
    await clock.advance(1_500);
    const firstFive = ['list 0', 'watch 0', 'watch 100', 'watch 300', 'watch 700', 'watch 1500'];
    expect(asked).toEqual([...firstFive, 'list 1500', 'watch 1500']);
  });

  it('P56 does not storm a server that ends every watch at once: one try in 1.5 s', async () => {
    follow({ watch: () => ended() });
    await clock.advance(60_000);
    expect(asked.length).toBeLessThan(50);
    expect(asked.filter((call) => call.startsWith('list'))).toEqual(['list 0']);
  });

  it('P56 lists at once after a 410, then ever later while no watch lives from a list', async () => {
    follow({ watch: () => ended(gone) });
    await clock.advance(120_000);
    const lists = asked.filter((call) => call.startsWith('list')).map((call) => Number(call.slice(5)));
    expect(lists).toEqual([0, 0, 100, 300, 700, 1_500, 3_100, 6_300, 12_700, 25_500, 51_100, 81_100, 111_100]);
  });

  it('lists at once when the server ends a watch with an ERROR event', async () => {
    const ends = [ended(new ApiError('WatchFailed', 'lost track', { status: 500 }))];
    follow({ watch: ({ signal }) => ends.shift() ?? until(signal) });
    await clock.advance(0);
    expect(asked).toEqual(['list 0', 'watch 0', 'list 0', 'watch 0']);
  });

  it('lists at once after a 410 again, when a watch has lived in between', async () => {
    let watches = 0;
    follow({
      watch: async function* ({ signal }): AsyncGenerator<WatchFrame<KubeObject>> {
        watches += 1;
        if (watches < 4) throw gone;
        if (watches > 4) yield* until(signal);
        await new Promise<void>((resolve) => clock.schedule(10_000, () => resolve()));
        throw gone;
      },
    });
    await clock.advance(10_300);
    expect(asked.slice(-4)).toEqual(['list 300', 'watch 300', 'list 10300', 'watch 10300']);
  });

  it('opens a watch again at once that has been silent for too long', async () => {
    follow({});
    await clock.advance(200_000);
    expect(asked).toEqual(['list 0', 'watch 0', 'watch 90000', 'watch 180000']);
  });

  it('counts lists and the ends of watches', async () => {
    const counted: string[] = [];
    const ends = [ended(reset), ended(gone), ended()];
    follow(
      { watch: ({ signal }) => ends.shift() ?? until(signal) },
      {
        metrics: {
          listed: (resource, outcome) => counted.push(`${resource} ${outcome}`),
          watchEnded: (_resource, why) => counted.push(why),
        },
      },
    );
    await clock.advance(95_000);
    expect(counted).toEqual([
      'things.test.io success',
      'error',
      'expired',
      'things.test.io success',
      'closed',
      'stalled',
    ]);
  });

  it('stores what `transform` makes of an object', async () => {
    const item = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a', resourceVersion: '1' }, data: 'secret' };
    const informer = follow(
      { list: async () => ({ items: [item], resourceVersion: '7' }) },
      { transform: ({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata }) },
    );
    await informer.synced;
    expect(informer.store.get('/a')).not.toHaveProperty('data');
  });

  it('says when it has synced, after listeners were told', async () => {
    const item = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a', resourceVersion: '1' } };
    const informer = follow({ list: async () => ({ items: [item], resourceVersion: '7' }) });
    const seen: string[] = [];
    informer.subscribe(({ type }) => seen.push(`${type} ${String(informer.hasSynced)}`));
    await informer.synced;
    expect(seen).toEqual(['added false']);
    expect(informer.hasSynced).toBe(true);
  });
});
