import { describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { Code, ContractError, PowerOp, PowerState, Reason, VirtualMachineState } from '../src/client/index.ts';
import type { ServerCall } from '../src/server/index.ts';
import { withServer } from './with-server.ts';

const timeoutMs = 5_000;

/** Resolves with the failure of a call that has to fail. */
async function failureOf(call: Promise<unknown>): Promise<ContractError> {
  const outcome = await call.then(
    () => new Error('the call succeeded'),
    (error: unknown) => error as Error,
  );
  if (!(outcome instanceof ContractError)) throw outcome;
  return outcome;
}

describe('the contract over a real socket', () => {
  it('fills in what a request leaves out', async () => {
    const power = async (request: unknown) => ({ task: undefined, seen: request });
    let seen: unknown;
    await withServer(
      {
        power: async (request) => {
          seen = request;
          return power(request);
        },
      },
      async (client) => {
        await client.power({ id: 'vm-1', op: PowerOp.ON }, { timeoutMs });
      },
    );
    expect(seen).toEqual({ mutation: undefined, id: 'vm-1', op: PowerOp.ON });
  });

  it('keeps 64-bit numbers, times, maps and unions whole', async () => {
    const vm = VirtualMachineState.fromPartial({
      id: 'vm-1',
      memoryBytes: 9_007_199_254_740_993n,
      bootedAt: new Date(1_700_000_000_123),
      tags: { env: 'prod' },
      powerState: PowerState.ON,
      nics: [{ name: 'a', addresses: ['192.0.2.1', '2001:db8::1'] }],
    });
    await withServer({ describe: async () => ({ vm }) }, async (client) => {
      expect((await client.describe({ id: 'vm-1' }, { timeoutMs })).vm).toEqual(vm);
    });
  });

  it('P04 carries VM_ABSENT, and nothing else that looks like it', async () => {
    const absent = new ContractError({ code: Code.NOT_FOUND, reason: Reason.VmAbsent, message: 'VM "x" is not there' });
    await withServer(
      {
        describe: async ({ id }) => {
          throw id === 'x' ? absent : new Error('broken');
        },
      },
      async (client) => {
        expect((await failureOf(client.describe({ id: 'x' }, { timeoutMs }))).reason).toBe('VM_ABSENT');
        expect((await failureOf(client.describe({ id: 'y' }, { timeoutMs }))).hasErrorInfo).toBe(false);
      },
    );
  });

  it('ends a call at its deadline, on both sides', async () => {
    let call: ServerCall | undefined;
    const aborted = Promise.withResolvers<void>();
    await withServer(
      {
        validate: async (_request, serverCall) => {
          call = serverCall;
          serverCall.signal.addEventListener('abort', () => {
            aborted.resolve();
          });
          await aborted.promise;
          throw new Error('nobody listens any more');
        },
      },
      async (client) => {
        expect((await failureOf(client.validate({}, { timeoutMs: 50 }))).code).toBe(Code.DEADLINE_EXCEEDED);
        await aborted.promise;
        expect(call?.remainingMs()).toBe(0);
      },
    );
  });

  it('cancels by signal, and leaves no listener on a signal that lives on', async () => {
    const abort = new AbortController();
    const started = Promise.withResolvers<void>();
    await withServer(
      {
        validate: () => {
          started.resolve();
          return new Promise(() => undefined);
        },
        taskStatus: async () => ({ task: undefined }),
      },
      async (client) => {
        await client.taskStatus({ id: 't' }, { timeoutMs, signal: abort.signal });
        expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
        const failure = failureOf(client.validate({}, { timeoutMs, signal: abort.signal }));
        await started.promise;
        abort.abort();
        expect((await failure).code).toBe(Code.CANCELLED);
        expect((await failureOf(client.validate({}, { timeoutMs, signal: abort.signal }))).code).toBe(Code.CANCELLED);
      },
    );
  });

  it('stops the sender when the reader leaves a stream', async () => {
    const left = Promise.withResolvers<void>();
    await withServer(
      {
        async *watchVMs(_request, call) {
          call.signal.addEventListener('abort', () => {
            left.resolve();
          });
          for (let id = 0; ; id += 1) yield { event: { $case: 'gone', value: { id: String(id), owner: undefined } } };
        },
      },
      async (client) => {
        const seen: string[] = [];
        for await (const { event } of client.watchVMs({})) {
          if (event?.$case === 'gone') seen.push(event.value.id);
          if (seen.length === 3) break;
        }
        expect(seen).toEqual(['0', '1', '2']);
        await left.promise;
      },
    );
  });

  it('ends a stream with the error that the handler threw', async () => {
    await withServer(
      {
        // eslint-disable-next-line require-yield
        async *watchTasks() {
          throw new ContractError({ code: Code.UNAVAILABLE, reason: Reason.ProviderStopping, message: 'draining' });
        },
      },
      async (client) => {
        const drain = async () => {
          for await (const message of client.watchTasks({})) throw new Error(`unexpected ${JSON.stringify(message)}`);
        };
        expect((await failureOf(drain())).reason).toBe(Reason.ProviderStopping);
      },
    );
  });

  it('passes metadata both ways and tells the hooks of each call', async () => {
    const finished: string[] = [];
    let correlation: string | undefined;
    let instance: unknown;
    await withServer(
      {
        taskStatus: async (_request, call) => {
          correlation = call.metadata('x-correlation-id');
          return { task: undefined };
        },
      },
      async (client) => {
        const metadata = { 'x-correlation-id': 'c-1' };
        await client.taskStatus(
          { id: 't' },
          { timeoutMs, metadata, onMetadata: (received) => (instance = received.get('virtrigaud-instance')[0]) },
        );
      },
      {
        responseMetadata: { 'virtrigaud-instance': 'i-1' },
        finished: (method, code) => finished.push(`${method} ${Code[code]}`),
      },
    );
    expect({ correlation, instance, finished }).toEqual({
      correlation: 'c-1',
      instance: 'i-1',
      finished: ['/virtrigaud.provider.v1.Provider/TaskStatus OK'],
    });
  });

  it('answers grpc.health.v1', async () => {
    await withServer({}, async (client) => {
      expect((await client.health.check({ service: '' }, { timeoutMs })).status).toBe(1);
    });
  });
});
