import { describe, expect, it } from '@jest/globals';
import {
  Code,
  MetadataKey,
  Reason,
  type ProviderClient,
  type UnaryCallOptions,
} from '@virtrigaud/grpc-contract/client';
import { contractError } from '../testing/scripted-provider.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { Breaker } from './breaker.ts';
import { createProviderChannel } from './provider-channel.ts';
import { onlyTo, type Instance } from './route.ts';

interface Attempt {
  readonly request: unknown;
  readonly timeoutMs: number;
  readonly metadata: Readonly<Record<string, string>> | undefined;
}

function channelWith(answers: readonly (Error | object)[], leaseRemainingMs = 15_000) {
  const clock = new VirtualClock();
  const attempts: Attempt[] = [];
  const finished: string[] = [];
  const method = async (request: unknown, { timeoutMs, metadata }: UnaryCallOptions) => {
    attempts.push({ request, timeoutMs, metadata });
    const answer = answers[attempts.length - 1] ?? {};
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const breaker = new Breaker({ clock, probe: async () => undefined, onState: () => undefined });
  const channel = createProviderChannel({
    route: onlyTo({
      name: '0',
      client: { describe: method, power: method, taskStatus: method } as unknown as ProviderClient,
      gone: new AbortController().signal,
      begin: () => () => undefined,
    }),
    breaker,
    clock: {
      ...bound(clock),
      schedule: (ms, callback) => (queueMicrotask(() => (clock.advance(ms), callback())), () => undefined),
    },
    random: () => 1,
    metrics: { started: () => undefined, finished: (path, code) => finished.push(`${path} ${String(code)}`) },
    leaseRemainingMs: () => leaseRemainingMs,
  });
  const call = <M extends 'describe' | 'power' | 'taskStatus'>(name: M, kind: 'read' | 'mutation', request = {}) =>
    channel.call({
      method: name,
      request,
      subject: 'vm',
      kind,
      correlationId: 'c1',
      signal: new AbortController().signal,
    });
  return { call, attempts, finished, end: () => breaker.close() };
}

function bound(clock: VirtualClock) {
  return { epochMs: () => clock.epochMs(), monotonicMs: () => clock.monotonicMs() };
}

describe('createProviderChannel', () => {
  it('gives each call its deadline, its correlation id and the contract revision, and counts it', async () => {
    const { call, attempts, finished, end } = channelWith([]);
    await call('describe', 'read');
    await call('taskStatus', 'read');
    end();
    expect(attempts.map(({ timeoutMs }) => timeoutMs)).toEqual([30_000, 10_000]);
    expect(attempts[0]?.metadata).toEqual({ [MetadataKey.contract]: '1', [MetadataKey.correlationId]: 'c1' });
    expect(finished[0]).toBe('/virtrigaud.provider.v1.Provider/Describe 0');
  });

  it('a mutation does not outlive the lease', async () => {
    const { call, attempts, end } = channelWith([], 15_000);
    await call('power', 'mutation');
    expect(attempts[0]?.timeoutMs).toBe(13_000);
    end();
    const late = channelWith([], 1_500);
    expect(await late.call('power', 'mutation')).toMatchObject({
      ok: false,
      failure: { class: 'blocked', code: Code.FAILED_PRECONDITION, reason: 'LEASE_ENDING' },
    });
    expect(late.attempts).toEqual([]);
    late.end();
  });

  it('P14 says by the clock on the wall until when a mutation may begin, the same in each attempt', async () => {
    const { call, attempts, end } = channelWith([contractError(Code.UNAVAILABLE), {}], 15_000);
    const reply = await call('power', 'mutation', { mutation: { operationId: 'p' } });
    const notAfter = new Date(new VirtualClock().epochMs() + 13_000);
    expect(attempts.map(({ request }) => request)).toEqual(Array(2).fill({ mutation: { operationId: 'p', notAfter } }));
    expect(reply).toEqual({ ok: true, value: {}, openUntilMs: 13_000 });
    end();
  });

  it.each([
    {
      because: 'each attempt was answered',
      answers: [contractError(Code.ABORTED, Reason.Changed)],
      expected: undefined,
    },
    { because: 'it was done at once', answers: [{}], expected: undefined },
    { because: 'its deadline passed', answers: [contractError(Code.DEADLINE_EXCEEDED)], expected: 13_000 },
    {
      because: 'the connection broke',
      answers: [contractError(Code.UNAVAILABLE), contractError(Code.ABORTED, Reason.Changed)],
      expected: 13_000,
    },
  ])('P14 tells how long it may yet begin: $expected when $because', async ({ answers, expected }) => {
    const { call, end } = channelWith(answers, 15_000);
    expect((await call('power', 'mutation')).openUntilMs).toBe(expected);
    end();
  });

  it('repeats what never arrived, with growing waits, within its deadline', async () => {
    const lost = contractError(Code.UNAVAILABLE);
    const { call, attempts, end } = channelWith([lost, lost, { vm: 1 }]);
    expect(await call('describe', 'read')).toEqual({ ok: true, value: { vm: 1 } });
    expect(attempts.map(({ timeoutMs }) => timeoutMs)).toEqual([30_000, 29_900, 29_700]);
    end();
  });

  it.each([
    contractError(Code.DEADLINE_EXCEEDED),
    contractError(Code.CANCELLED),
    contractError(Code.UNAVAILABLE, Reason.HypervisorUnreachable),
    contractError(Code.INTERNAL),
  ])('does not repeat after %s', async (error) => {
    const { call, attempts, end } = channelWith([error]);
    expect(await call('power', 'mutation')).toMatchObject({
      ok: false,
      failure: { call: 'Power', class: 'unknown-outcome' },
    });
    expect(attempts).toHaveLength(1);
    end();
  });
});

describe('createProviderChannel, over several instances', () => {
  const absent = contractError(Code.NOT_FOUND, 'TASK_ABSENT');
  const lost = contractError(Code.UNAVAILABLE);

  function over(answers: Readonly<Record<string, Error | object>>, silent: readonly string[] = []) {
    const clock = new VirtualClock();
    const asked: string[] = [];
    const instances = Object.entries(answers).map(([name, answer]): Instance => {
      const method = async () => {
        asked.push(name);
        if (answer instanceof Error) throw answer;
        return answer;
      };
      const client = { power: method, taskStatus: method } as unknown as ProviderClient;
      return { name, client, gone: new AbortController().signal, begin: () => () => undefined };
    });
    const breaker = new Breaker({ clock, probe: async () => undefined, onState: () => undefined });
    const channel = createProviderChannel({
      route: {
        pick: (_subject, failed) => instances.find((each) => !failed?.has(each)) ?? instances[0],
        knowers: () => ({ instances, silent }),
      },
      breaker,
      clock: {
        ...bound(clock),
        schedule: (ms, callback) => (queueMicrotask(() => (clock.advance(ms), callback())), () => undefined),
      },
      random: () => 1,
      metrics: { started: () => undefined, finished: () => undefined },
      leaseRemainingMs: () => 15_000,
    });
    const call = async (method: 'power' | 'taskStatus') => {
      const context = { correlationId: 'c1', signal: new AbortController().signal };
      const reply = await channel.call({ method, request: {}, subject: 'vm', kind: 'read', ...context });
      breaker.close();
      return reply.ok ? reply.value : (reply.failure.reason ?? reply.failure.code);
    };
    return { call, asked };
  }

  it('P53 repeats at another instance what the first did not answer', async () => {
    const { call, asked } = over({ a: lost, b: { task: undefined } });
    expect(await call('power')).toEqual({ task: undefined });
    expect(asked).toEqual(['a', 'b']);
  });

  it('P52 asks all of a task: one that knows it is enough', async () => {
    const { call, asked } = over({ a: absent, b: { task: undefined } });
    expect(await call('taskStatus')).toEqual({ task: undefined });
    expect(asked).toEqual(['a', 'b']);
  });

  it.each([
    { because: 'all have said so', answers: { a: absent, b: absent }, silent: [], expected: 'TASK_ABSENT' },
    { because: 'one that may know it is silent', answers: { a: absent }, silent: ['b'], expected: 'TASK_UNCERTAIN' },
    { because: 'all who may know it are silent', answers: {}, silent: ['b'], expected: Code.UNAVAILABLE },
    { because: 'nobody can be asked', answers: {}, silent: [], expected: Code.UNAVAILABLE },
  ])('P52 a task is $expected: $because', async ({ answers, silent, expected }) => {
    expect(await over(answers, silent).call('taskStatus')).toBe(expected);
  });

  it('says so where no instance is there, after having waited for one', async () => {
    expect(await over({}).call('power')).toBe(Code.UNAVAILABLE);
  });
});
