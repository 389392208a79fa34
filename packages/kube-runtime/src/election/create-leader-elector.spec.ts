import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiError } from '../api/api-error.ts';
import { resource } from '../api/resource.ts';
import { FakeClock, settle } from '../testing/fake-clock.ts';
import { MemoryTransport, refusal } from '../testing/memory-transport.ts';
import { RecordingLogger } from '../testing/recording-logger.ts';
import { createLeaderElector } from './create-leader-elector.ts';
import type { Leadership, LeaderElectorOptions } from './leader-elector.ts';
import { leaseResource } from './lease-resource.ts';
import type { LeaseSpec } from './lease-resource.ts';
import { seeded } from '../testing/seeded.ts';

const leasePath = '/apis/coordination.k8s.io/v1/namespaces/ns/leases/boss';

/** A candidate, and what became of it. */
interface Candidate {
  lease: Leadership | undefined;
  outcome: string | undefined;
  stoppedCalls: number;
  readonly metrics: boolean[];
  readonly stop: AbortController;
  /** Lets the leader's work end. */
  finish(error?: Error): void;
}

describe('createLeaderElector', () => {
  let clock: FakeClock;
  let server: MemoryTransport;
  let logger: RecordingLogger;
  let candidates: Candidate[];

  beforeEach(() => {
    clock = new FakeClock();
    server = new MemoryTransport();
    logger = new RecordingLogger();
    candidates = [];
  });

  afterEach(async () => {
    server.before = undefined;
    for (const candidate of candidates) {
      candidate.stop.abort();
      candidate.finish();
    }
    await clock.advance(60_000);
    expect(clock.timers).toBe(0);
  });

  function run(
    identity: string,
    options: Partial<LeaderElectorOptions> & { readonly heedsSignal?: false } = {},
  ): Candidate {
    const work = Promise.withResolvers<void>();
    const candidate: Candidate = {
      lease: undefined,
      outcome: undefined,
      stoppedCalls: 0,
      metrics: [],
      stop: new AbortController(),
      finish: (error) => (error === undefined ? work.resolve() : work.reject(error)),
    };
    const elector = createLeaderElector({
      client: resource(server, leaseResource),
      namespace: 'ns',
      name: 'boss',
      identity,
      clock,
      logger,
      random: () => 0,
      metrics: { leading: (_name, isLeading) => candidate.metrics.push(isLeading) },
      ...options,
    });
    const callbacks = {
      onStartedLeading: async (lease: Leadership): Promise<void> => {
        candidate.lease = lease;
        if (options.heedsSignal !== false) lease.signal.addEventListener('abort', () => work.resolve());
        await work.promise;
      },
      onStoppedLeading: () => {
        candidate.stoppedCalls += 1;
      },
    };
    elector.run(callbacks, candidate.stop.signal).then(
      (outcome) => (candidate.outcome = outcome),
      (error: Error) => (candidate.outcome = error.message),
    );
    candidates.push(candidate);
    return candidate;
  }

  function spec(): LeaseSpec | undefined {
    return (server.objects.get(leasePath) as { spec?: LeaseSpec } | undefined)?.spec;
  }

  /** Writes the Lease as another program would. */
  async function writeSpec(change: LeaseSpec): Promise<void> {
    await server.request({ method: 'PATCH', path: leasePath, body: { spec: change } });
  }

  it('takes a Lease that is not there, in the form that every candidate reads', async () => {
    const a = run('a');
    await settle();
    expect(a.lease?.term).toBe(1);
    expect(a.lease?.remainingMs()).toBe(15_000);
    expect(spec()).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 1,
    });
    expect(a.metrics).toEqual([true]);
  });

  it('renews for as long as it works, and nobody else leads meanwhile', async () => {
    const a = run('a');
    await settle();
    const b = run('b');
    await clock.advance(600_000);
    expect(a.lease?.remainingMs()).toBeGreaterThan(12_000);
    expect(a.lease?.signal.aborted).toBe(false);
    expect(b.lease).toBeUndefined();
    expect(spec()?.renewTime).toBe('2026-01-01T00:10:00.000000Z');
  });

  it('releases at a stop after its work has ended, and the next leads at once with a higher term', async () => {
    const a = run('a', { heedsSignal: false });
    await settle();
    const b = run('b');
    a.stop.abort();
    await clock.advance(30_000);
    expect(a.lease?.signal.aborted).toBe(true);
    expect(a.lease?.lost.aborted).toBe(false);
    expect(a.lease?.remainingMs()).toBeGreaterThan(0);
    expect(b.lease).toBeUndefined();
    a.finish();
    await clock.advance(2_000);
    expect([a.outcome, a.stoppedCalls, a.metrics]).toEqual(['stopped', 1, [true, false]]);
    expect(a.lease?.remainingMs()).toBe(0);
    expect(b.lease?.term).toBe(2);
  });

  it('P14 lets the Lease expire where its work may go on after a stop', async () => {
    const a = run('a');
    await settle();
    const b = run('b');
    await clock.advance(1_000);
    a.lease?.leaveToExpire();
    a.stop.abort();
    await settle();
    expect([a.outcome, a.stoppedCalls, a.metrics]).toEqual(['stopped', 1, [true, false]]);
    await clock.advance(13_000);
    expect(b.lease).toBeUndefined();
    await clock.advance(4_000);
    expect(b.lease?.term).toBe(2);
  });

  it('takes over from a leader that is gone, once it has been silent for the duration by the own clock', async () => {
    const a = run('a');
    await settle();
    server.before = ({ body }) => {
      const holder = (body as { spec?: LeaseSpec } | undefined)?.spec?.holderIdentity;
      if (body !== undefined && holder !== 'b') throw new ApiError('Unreachable', 'a is cut off');
    };
    const b = run('b');
    await clock.advance(14_999);
    expect(b.lease).toBeUndefined();
    expect(a.lease?.lost.aborted).toBe(true);
    await clock.advance(2_001);
    expect(b.lease?.term).toBe(2);
    expect(a.outcome).toBe('lost');
    expect(a.lease?.remainingMs()).toBe(0);
  });

  it('never leads while another may: three candidates, a server that fails at random', async () => {
    const random = seeded(11);
    server.before = () => {
      if (random() < 0.4) throw new ApiError('Unreachable', 'before');
    };
    server.after = () => {
      if (random() < 0.3) throw new ApiError('Unreachable', 'after the effect');
    };
    const names = ['a', 'b', 'c'];
    const running = new Map(names.map((name) => [name, run(name, { random })]));
    const terms: number[] = [];
    for (let step = 0; step < 2_000; step += 1) {
      await clock.advance(500);
      const leaders = [...running.values()].filter(({ lease }) => (lease?.remainingMs() ?? 0) > 0);
      expect(leaders.length).toBeLessThanOrEqual(1);
      const term = leaders[0]?.lease?.term;
      if (term !== undefined && term !== terms.at(-1)) terms.push(term);
      for (const [name, candidate] of running) {
        if (candidate.outcome !== undefined) running.set(name, run(name, { random }));
      }
    }
    expect(terms.length).toBeGreaterThan(3);
    expect(terms).toEqual([...new Set(terms)].sort((x, y) => x - y));
  });

  it('stops leading in time although every call hangs', async () => {
    const a = run('a');
    await settle();
    server.before = () => new Promise(() => undefined);
    await clock.advance(9_999);
    expect(a.lease?.lost.aborted).toBe(false);
    await clock.advance(1);
    expect(a.lease?.lost.aborted).toBe(true);
    expect([a.outcome, a.metrics, a.stoppedCalls]).toEqual(['lost', [true, false], 1]);
    expect(logger.at('error')).toEqual(['Leads no more']);
  });

  it.each([
    { because: 'another has taken it', happen: () => writeSpec({ holderIdentity: 'thief' }) },
    { because: 'it was deleted', happen: async () => void server.objects.delete(leasePath) },
  ])('stops leading at the next renewal when $because', async ({ happen }) => {
    const a = run('a');
    await settle();
    await happen();
    await clock.advance(2_000);
    expect(a.outcome).toBe('lost');
  });

  it('goes on when somebody else merely wrote to the Lease, or the answer to a renewal was lost', async () => {
    const a = run('a');
    await settle();
    await server.request({ method: 'PATCH', path: leasePath, body: { metadata: { labels: { x: 'y' } } } });
    let lost = 0;
    server.after = ({ method }) => {
      lost += method === 'PATCH' ? 1 : 0;
      if (method === 'PATCH' && lost === 2) throw new ApiError('Unreachable', 'reply lost');
    };
    await clock.advance(60_000);
    expect(a.lease?.lost.aborted).toBe(false);
    expect(a.lease?.term).toBe(1);
  });

  it('raises its term above one that somebody has seen, once', async () => {
    const a = run('a');
    await settle();
    await expect(a.lease?.raiseTermAbove(41)).resolves.toBe(42);
    expect(a.lease?.term).toBe(42);
    expect(spec()?.leaseTransitions).toBe(42);
    const writes = server.count('PATCH');
    await expect(a.lease?.raiseTermAbove(41)).resolves.toBe(42);
    expect(server.count('PATCH')).toBe(writes);
    await clock.advance(10_000);
    expect(a.lease?.lost.aborted).toBe(false);
  });

  it('has no term after the last', async () => {
    const a = run('a');
    await settle();
    await expect(a.lease?.raiseTermAbove(2 ** 31 - 1)).rejects.toThrow('is the last');
  });

  it('reports what its work threw, and releases', async () => {
    const a = run('a');
    await settle();
    a.finish(new Error('broken'));
    await settle();
    expect(a.outcome).toBe('broken');
    expect(spec()?.holderIdentity).toBe('');
  });

  it('goes on as a candidate when it may not write', async () => {
    server.before = (request) => {
      if (request.method === 'POST') throw refusal(request, 403, 'Forbidden');
    };
    const a = run('a');
    await clock.advance(10_000);
    expect(logger.at('warn').length).toBeGreaterThan(3);
    server.before = undefined;
    await clock.advance(2_000);
    expect(a.lease?.term).toBe(1);
  });

  it('stops as a candidate, too', async () => {
    run('a');
    await settle();
    const b = run('b');
    await settle();
    b.stop.abort();
    await settle();
    expect([b.outcome, b.stoppedCalls]).toEqual(['stopped', 0]);
  });

  it('P20 writes once a renewal and nothing else', async () => {
    run('a');
    await settle();
    const before = server.requests.length;
    await clock.advance(60_000);
    expect(server.requests.length - before).toBe(30);
    expect(new Set(server.requests.map(({ rate }) => rate))).toEqual(new Set(['exempt']));
  });

  it.each([
    { leaseDurationMs: 10_000, renewDeadlineMs: 10_000 },
    { renewDeadlineMs: 2_000, retryMs: 2_000 },
    { leaseDurationMs: 15_500 },
  ])('refuses times that cannot work: %p', (times) => {
    const client = resource(server, leaseResource);
    const create = (): unknown => createLeaderElector({ client, namespace: 'ns', name: 'n', identity: 'a', ...times });
    expect(create).toThrow(RangeError);
  });
});
