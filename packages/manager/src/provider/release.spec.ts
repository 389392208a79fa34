import { describe, expect, it } from '@jest/globals';
import { Annotation, Finalizer } from '@virtrigaud/api-types';
import { Code, Reason, TaskState } from '@virtrigaud/grpc-contract/client';
import type { Failure } from '../transport/failure.ts';
import { aFailure, aState, aTask } from '../testing/builders.ts';
import { aConnection, anObservedProvider } from '../testing/provider-observation.ts';
import { planProvider } from './plan.ts';
import { releaseView, remembered, type ReleaseMemory } from './release-attempts.ts';
import { afterAttempt, releaseMachine, type ReleaseDeps, type ReleaseOutcome } from './release.ts';
import { projectProviderStatus } from './status.ts';
import { unownedMachines, type UnownedMachine } from './unowned.ts';

const machine = (uid: string): UnownedMachine => ({
  id: `id-${uid}`,
  name: `shop.${uid}`,
  owner: { namespace: 'shop', name: uid, uid },
});
const machines = ['a', 'b'].map(machine);
const monotonicMs = 100_000;
const viewOf = (asked: string | undefined, memory?: ReleaseMemory) =>
  releaseView(asked, { machines, memory, monotonicMs });
const dueOf = (asked: string | undefined, memory?: ReleaseMemory) =>
  viewOf(asked, memory).due.map(({ owner }) => owner.uid);
const released: ReleaseOutcome = { kind: 'Released' };
const refusal: ReleaseOutcome = { kind: 'Refused', why: 'no', backoff: { baseMs: 1_000, maxMs: 4_000 } };
const after = (asked: string, uid: string, outcome: ReleaseOutcome) =>
  remembered(undefined, asked, [uid, afterAttempt(undefined, outcome, monotonicMs)]);

describe('machines that no object owns', () => {
  const owner = { clusterId: 'c', namespace: 'shop', name: 'web', uid: 'u', kind: 'VirtualMachine' };
  const forgotten = [aState({ owner })];
  it.each([
    { because: 'it is stamped by a VirtualMachine that is gone', input: {}, count: 1 },
    { because: 'its object is there', input: { isOwned: (uid: string) => uid === 'u' }, count: 0 },
    {
      because: 'it is of no VirtualMachine',
      input: { forgotten: [aState({ owner: { ...owner, kind: 'X' } })] },
      count: 0,
    },
    { because: 'objects of its namespace are not known here', input: { namespace: 'other' }, count: 0 },
    { because: 'objects of its namespace are known here', input: { namespace: 'shop' }, count: 1 },
  ])('count $count because $because', ({ input, count }) => {
    const found = unownedMachines({ forgotten, isOwned: () => false, namespace: undefined, ...input });
    expect(found).toHaveLength(count);
  });

  const statusOf = (change: object, metadata = {}) => {
    const seen = anObservedProvider(change, { finalizers: [Finalizer.Provider], ...metadata });
    return projectProviderStatus(seen, planProvider(seen)).unowned;
  };

  it('are told of by name, the first 20, with their number', () => {
    expect(statusOf({ unowned: [] })).toBeUndefined();
    const many = Array.from({ length: 21 }, (_, index) => machine(`m${String(index)}`));
    const status = statusOf({ unowned: many });
    expect([status?.count, status?.machines.length, status?.machines[0]]).toEqual([21, 20, machine('m0')]);
    const states = ['z', 'a'].map((name) => aState({ name, owner: { ...owner, uid: name } }));
    const found = unownedMachines({ forgotten: states, isOwned: () => false, namespace: undefined });
    expect(found.map(({ name }) => name)).toEqual(['a', 'z']);
  });

  it('stay as they were told of while they cannot be seen', () => {
    const provider = anObservedProvider().provider;
    const before = { count: 1, machines: [machine('a')] };
    expect(statusOf({ unowned: undefined, provider: { ...provider, status: { unowned: before } } })).toEqual(before);
  });

  it('are told of with why they were not let go', () => {
    const release = viewOf('a', after('a', 'a', refusal));
    const found = statusOf({ unowned: machines, release });
    expect(found?.machines.map(({ problem }) => problem)).toEqual(['no', undefined]);
  });
});

describe('release', () => {
  it.each([
    { because: 'nobody has asked', asked: undefined, memory: undefined, expected: [] },
    { because: 'it was asked for', asked: ' b, ,a,b', memory: undefined, expected: ['b', 'a'] },
    { because: 'others are not without an owner', asked: 'c', memory: undefined, expected: [] },
    { because: 'it was refused just now', asked: 'a', memory: after('a', 'a', refusal), expected: [] },
    {
      because: 'the stream has not told yet that it is gone',
      asked: 'a',
      memory: after('a', 'a', released),
      expected: [],
    },
    { because: 'another value asks anew', asked: 'a,b', memory: after('a', 'a', refusal), expected: ['a', 'b'] },
  ])('lets $expected go because $because', ({ asked, memory, expected }) => {
    expect(dueOf(asked, memory)).toEqual(expected);
  });

  it('waits longer each time', () => {
    const first = afterAttempt(undefined, refusal, 0);
    const second = afterAttempt(first, refusal, 0);
    expect([first, second].map(({ retryAtMs }) => retryAtMs)).toEqual([1_000, 2_000]);
    expect(afterAttempt(second, released, 0)).toMatchObject({ problem: undefined, attempts: 1 });
    const memory = remembered(undefined, 'a', ['a', first]);
    expect(releaseView('a', { machines, memory, monotonicMs: 999 })).toMatchObject({ due: [], nextAtMs: 1_000 });
    expect(releaseView('a', { machines, memory, monotonicMs: 1_000 }).due).toEqual([machines[0]]);
  });

  const metadata = { finalizers: [Finalizer.Provider] };
  const release = viewOf('a');
  it.each([
    { because: 'a person asks', seen: anObservedProvider({ release }), expected: 'Release' },
    {
      because: 'nobody can be asked',
      seen: anObservedProvider({ release, ...aConnection({ reach: { kind: 'Connecting' } }) }),
      expected: 'Settled',
    },
    {
      because: 'it is paused',
      seen: anObservedProvider({ release }, { ...metadata, annotations: { [Annotation.Paused]: 'true' } }),
      expected: 'Paused',
    },
  ])('plans $expected because $because', ({ seen, expected }) => {
    expect(planProvider(seen).kind).toBe(expected);
  });
});

describe('releaseMachine', () => {
  const calls: object[] = [];
  const run = async (reply: object, deps: Partial<ReleaseDeps> = {}) => {
    calls.length = 0;
    const refusedAs: Failure[] = [];
    let isStale = false;
    const site = {
      channel: {
        call: async (spec: object) => {
          calls.push(spec);
          return reply;
        },
      },
      refused: (failure: Failure) => refusedAs.push(failure),
    };
    const outcome = await releaseMachine(machine('a'), {
      deps: {
        clusterId: 'c',
        term: () => 7,
        staleTerm: () => (isStale = true),
        liveUid: async () => undefined,
        takerOf: () => undefined,
        ...deps,
      },
      site: site as never,
      context: { correlationId: 'x', signal: new AbortController().signal },
    });
    return { outcome, refusedAs, isStale };
  };
  const ok = { ok: true, value: { task: undefined } };

  it('is asked for as the owner that the stamp names, under our term', async () => {
    expect((await run(ok, { liveUid: async () => 'another of its name' })).outcome).toEqual(released);
    expect(calls).toMatchObject([
      {
        method: 'delete',
        kind: 'mutation',
        request: {
          id: 'id-a',
          releaseOnly: true,
          mutation: {
            operationId: expect.stringMatching(/^release-a-/),
            owner: { clusterId: 'c', namespace: 'shop', name: 'a', uid: 'a', kind: 'VirtualMachine' },
            term: 7n,
          },
        },
      },
    ]);
  });

  it.each([
    { because: 'its object is there', deps: { liveUid: async () => 'a' }, why: /shop\/a owns it/ },
    { because: 'it is not known whether', deps: { liveUid: async () => Promise.reject(new Error('503')) }, why: /503/ },
    { because: 'somebody takes it over', deps: { takerOf: () => 'shop/heir' as const }, why: /shop\/heir asks/ },
  ])('sends nothing where $because', async ({ deps, why }) => {
    const { outcome } = await run(ok, deps);
    expect(outcome).toMatchObject({ kind: 'Refused', why: expect.stringMatching(why) });
    expect(calls).toEqual([]);
  });

  const failed = (change: Partial<Failure>) => ({ ok: false, failure: aFailure(change) });
  it.each([
    {
      because: 'the provider cannot, now or tomorrow',
      reply: failed({
        class: 'rejected',
        code: Code.UNIMPLEMENTED,
        reason: Reason.CapabilityMissing,
        message: 'cannot',
      }),
      expected: { why: 'CAPABILITY_MISSING: cannot', backoff: { baseMs: 600_000 } },
    },
    {
      because: 'the answer is lost',
      reply: failed({ class: 'unknown-outcome', reason: undefined, message: 'no answer' }),
      expected: { why: 'no answer', backoff: { baseMs: 1_000 } },
    },
    {
      because: 'it takes its time',
      reply: { ok: true, value: { task: aTask({ state: TaskState.RUNNING }) } },
      expected: { why: 'the provider is still at it' },
    },
    {
      because: 'its task failed',
      reply: {
        ok: true,
        value: { task: aTask({ state: TaskState.FAILED, error: { code: 13, reason: 'X', message: 'broke' } }) },
      },
      expected: { why: 'X: broke' },
    },
  ])('says why not where $because', async ({ reply, expected }) => {
    expect((await run(reply)).outcome).toMatchObject({ kind: 'Refused', ...expected });
  });

  it('tells of a newer leader, and of credentials that are refused', async () => {
    expect((await run(failed({ class: 'in-progress', reason: Reason.StaleTerm }))).isStale).toBe(true);
    expect((await run(failed({ class: 'blocked', code: Code.UNAUTHENTICATED }))).refusedAs).toHaveLength(1);
  });
});
