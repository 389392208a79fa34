import { describe, expect, it } from '@jest/globals';
import {
  Code,
  HealthCheckResponse_ServingStatus as Serving,
  HealthName,
  PowerOp,
  Reason,
  TaskState,
  type ProviderClient,
} from '@virtrigaud/grpc-contract/client';
import { createMemoryLogger, Registry } from '@virtrigaud/service-kit';
import { credentialsRejected } from '../src/index.ts';
import { aCreateRequest, aMutation, anOwner, withServedProvider } from '../src/testing/index.ts';
import { eventsUntil, eventually, failureOf } from './client-calls.ts';
import { aVm, ScriptedHypervisor } from './scripted-hypervisor.ts';

const timeoutMs = 5_000;
const owner = anOwner('web');
const isBookmark = (event: { $case: string }) => event.$case === 'bookmark';

const run = (body: (client: ProviderClient, hypervisor: ScriptedHypervisor) => Promise<void>) => {
  const hypervisor = new ScriptedHypervisor();
  return withServedProvider(hypervisor.provider, {}, ({ client }) => body(client, hypervisor));
};
const healthOf = async (client: ProviderClient) =>
  (await client.health.check({ service: HealthName.provider }, { timeoutMs })).status;

describe('a served provider', () => {
  it('P58 lists 5,000 VMs in pages, each once', async () => {
    await run(async (client, hypervisor) => {
      for (let n = 0; n < 5_000; n += 1)
        hypervisor.vms.set(`v${String(n)}`, aVm(`v${String(n)}`, { question: 'x'.repeat(2_000) }));
      const ids: string[] = [];
      let pageToken = '';
      let pages = 0;
      do {
        const page = await client.listVMs({ pageSize: 400, pageToken }, { timeoutMs: 30_000 });
        ids.push(...page.vms.map(({ id }) => id));
        pageToken = page.nextPageToken;
        pages += 1;
      } while (pageToken !== '');
      expect({ pages, vms: new Set(ids).size, rows: ids.length }).toEqual({ pages: 13, vms: 5_000, rows: 5_000 });
      const foreign = client.listVMs({ pageToken: 'x.1.400' }, { timeoutMs });
      expect((await failureOf(foreign)).code).toBe(Code.INVALID_ARGUMENT);
    });
  });

  it('P04 takes a hypervisor that cannot be asked for unreachable, never for empty', async () => {
    await run(async (client, hypervisor) => {
      await client.create(aCreateRequest(owner), { timeoutMs });
      hypervisor.refusal = new Error('no route to host');
      hypervisor.sessions[0]?.lose(new Error('socket closed'));
      expect(await failureOf(client.describe({ owner }, { timeoutMs }))).toMatchObject({
        code: Code.UNAVAILABLE,
        reason: Reason.HypervisorUnreachable,
      });
      expect(await failureOf(client.delete({ mutation: aMutation(owner, 'delete') }, { timeoutMs }))).toMatchObject({
        reason: Reason.HypervisorUnreachable,
      });
      const events = await eventsUntil(client, ({ $case }) => $case === 'stale');
      expect(events.map(({ $case }) => $case)).toEqual(['stale']);
    });
  });

  it('P34 says NOT_SERVING when the session is lost, and SERVING when it is back', async () => {
    await run(async (client, hypervisor) => {
      await eventually(
        () => healthOf(client),
        (status) => status === Serving.SERVING,
      );
      hypervisor.refusal = new Error('no route to host');
      hypervisor.sessions[0]?.lose(new Error('socket closed'));
      expect(await healthOf(client)).toBe(Serving.NOT_SERVING);
      hypervisor.refusal = undefined;
      await eventually(
        () => healthOf(client),
        (status) => status === Serving.SERVING,
      );
      const events = await eventsUntil(client, isBookmark);
      expect(events.map(({ $case }) => $case)).toEqual(['bookmark']);
    });
  });

  it('shows what changed while the hypervisor was out of sight, once it is back', async () => {
    await run(async (client, hypervisor) => {
      hypervisor.vms.set('a', aVm('a')).set('b', aVm('b'));
      hypervisor.sink?.relist();
      const seen = eventsUntil(client, (event) => event.$case === 'gone');
      await eventually(
        () => hypervisor.sink,
        (sink) => sink !== undefined,
      );
      hypervisor.sink?.changed('a');
      hypervisor.refusal = new Error('down');
      hypervisor.sessions[0]?.lose(new Error('socket closed'));
      hypervisor.vms.delete('b');
      hypervisor.refusal = undefined;
      expect((await seen).at(-1)).toMatchObject({ $case: 'gone', value: { id: 'b' } });
    });
  });

  it('P30 turns long work into a task that is found again, watched and told of its end', async () => {
    await run(async (client, hypervisor) => {
      const work = Promise.withResolvers<{ resultId: string }>();
      hypervisor.longCreate = async (task) => {
        task.progress({ percent: 40, stage: 'copying disk root' });
        return work.promise;
      };
      const { id, task } = await client.create(aCreateRequest(owner), { timeoutMs });
      expect({ id, state: task?.state }).toEqual({ id: '', state: TaskState.RUNNING });
      const again = await client.create(aCreateRequest(owner), { timeoutMs });
      expect({ task: again.task?.id, creations: hypervisor.creations }).toEqual({ task: task?.id, creations: 1 });
      const other = client.create(
        aCreateRequest(owner, { mutation: aMutation(owner, 'create', { operationId: 'other' }) }),
        { timeoutMs },
      );
      expect(await failureOf(other)).toMatchObject({
        code: Code.ABORTED,
        reason: Reason.OperationInProgress,
        metadata: { task_id: task?.id },
      });
      const states: unknown[] = [];
      for await (const { event } of client.watchTasks({})) {
        if (event?.$case === 'bookmark') work.resolve({ resultId: 'vm-1' });
        if (event?.$case === 'task') states.push([event.value.state, event.value.stage, event.value.resultId]);
        if (event?.$case === 'task' && event.value.state === TaskState.SUCCEEDED) break;
      }
      expect(states).toEqual([
        [TaskState.RUNNING, 'copying disk root', ''],
        [TaskState.SUCCEEDED, 'copying disk root', 'vm-1'],
      ]);
    });
  });

  it('P11 tells of a task that failed with the code and the words that the call would have had', async () => {
    await run(async (client, hypervisor) => {
      hypervisor.longCreate = async () => {
        throw credentialsRejected('the account was locked');
      };
      const { task } = await client.create(aCreateRequest(owner), { timeoutMs });
      const ended = await eventually(
        () => client.taskStatus({ id: task?.id ?? '' }, { timeoutMs }),
        (status) => status.task?.state !== TaskState.RUNNING,
      );
      expect(ended.task).toMatchObject({
        state: TaskState.FAILED,
        error: { code: Code.UNAUTHENTICATED, reason: Reason.CredentialsRejected, message: 'the account was locked' },
      });
    });
  });

  it('cancels a task, and knows no task that was never begun', async () => {
    await run(async (client, hypervisor) => {
      hypervisor.longCreate = (task) =>
        new Promise((_resolve, reject) => {
          task.signal.addEventListener('abort', () => {
            reject(new Error('gave up'));
          });
        });
      const { task } = await client.create(aCreateRequest(owner), { timeoutMs });
      await client.cancelTask({ id: task?.id ?? '', clusterId: 'cluster-1', term: 1n }, { timeoutMs });
      await eventually(
        () => client.taskStatus({ id: task?.id ?? '' }, { timeoutMs }),
        (status) => status.task?.state === TaskState.CANCELLED,
      );
      expect(await failureOf(client.taskStatus({ id: 'Create/x/y' }, { timeoutMs }))).toMatchObject({
        code: Code.NOT_FOUND,
        reason: Reason.TaskAbsent,
      });
    });
  });

  it('keeps an old leader from an effect, even when its call was already under way', async () => {
    await run(async (client, hypervisor) => {
      await client.create(aCreateRequest(owner), { timeoutMs });
      const gate = Promise.withResolvers<void>();
      hypervisor.powerGate = gate.promise;
      const late = failureOf(client.power({ mutation: aMutation(owner, 'off'), op: PowerOp.OFF }, { timeoutMs }));
      await client.getProviderInfo({ clusterId: 'cluster-1', term: 2n }, { timeoutMs });
      gate.resolve();
      expect(await late).toMatchObject({ code: Code.ABORTED, reason: Reason.StaleTerm });
      expect(hypervisor.vms.get(owner.uid)?.power).toBe('On');
    });
  });

  it('tells a watcher of a change once, however often the hypervisor does', async () => {
    await run(async (client, hypervisor) => {
      const seen = eventsUntil(client, (event) => event.$case === 'upsert' && event.value.name === 'last');
      await eventually(
        () => hypervisor.sink,
        (sink) => sink !== undefined,
      );
      hypervisor.vms.set('a', aVm('a'));
      for (let n = 0; n < 100; n += 1) hypervisor.sink?.changed('a');
      hypervisor.vms.set('b', aVm('b', { name: 'last' }));
      hypervisor.sink?.changed('b');
      const upserts = (await seen).filter(({ $case }) => $case === 'upsert');
      expect(upserts).toHaveLength(2);
    });
  });

  it("counts its calls under the names of the field, and logs under the caller's correlation id", async () => {
    const registry = new Registry();
    const logger = createMemoryLogger();
    const hypervisor = new ScriptedHypervisor();
    await withServedProvider(hypervisor.provider, { registry, logger }, async ({ client }) => {
      await client.create(aCreateRequest(owner), { timeoutMs, metadata: { 'x-correlation-id': 'reconcile-7' } });
      hypervisor.contexts[0]?.logger.info('made');
    });
    const text = await registry.metrics();
    expect(text).toMatch(/grpc_server_handled_total\{[^}]*grpc_method="Create",grpc_code="OK"\} 1/);
  });

  it('P42 takes rotated credentials without a failed call, and closes the old session', async () => {
    const hypervisor = new ScriptedHypervisor();
    let password = 'first';
    const listeners = new Set<() => void>();
    const credentials = {
      current: () => ({ password }),
      onChange: (listener: () => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    await withServedProvider(hypervisor.provider, { credentials }, async ({ client }) => {
      await client.create(aCreateRequest(owner), { timeoutMs });
      const gate = Promise.withResolvers<void>();
      hypervisor.powerGate = gate.promise;
      const inFlight = client.power({ mutation: aMutation(owner, 'off'), op: PowerOp.OFF }, { timeoutMs });
      password = 'second';
      for (const listener of listeners) listener();
      await eventually(
        () => hypervisor.sessions.length,
        (count) => count === 2,
      );
      expect(hypervisor.sessions.map((session) => [session.password, session.closed])).toEqual([
        ['first', false],
        ['second', false],
      ]);
      gate.resolve();
      await inFlight;
      await eventually(
        () => hypervisor.sessions[0]?.closed,
        (closed) => closed === true,
      );
      await client.describe({ owner }, { timeoutMs });
    });
    expect(listeners.size).toBe(0);
  });

  it('P43 does not try rejected credentials again for each call', async () => {
    const hypervisor = new ScriptedHypervisor();
    let attempts = 0;
    Object.defineProperty(hypervisor, 'refusal', {
      get: () => {
        attempts += 1;
        return credentialsRejected('wrong password');
      },
    });
    await withServedProvider(hypervisor.provider, {}, async ({ client }) => {
      const failures = await Promise.all(
        Array.from({ length: 50 }, () => failureOf(client.describe({ owner }, { timeoutMs }))),
      );
      expect(new Set(failures.map(({ reason }) => reason))).toEqual(new Set([Reason.CredentialsRejected]));
      const validation = await client.validate({}, { timeoutMs });
      expect(validation).toMatchObject({ ok: false, reason: Reason.CredentialsRejected });
    });
    // Each attempt reads the refusal twice: to see that there is one, and to throw it.
    expect(attempts).toBe(2);
  });

  it('P55 stops within its grace while watches are open, and tells them to resume', async () => {
    const hypervisor = new ScriptedHypervisor();
    await withServedProvider(hypervisor.provider, {}, async ({ client, running }) => {
      const watching = failureOf(eventsUntil(client, () => false));
      const tasks = (async () => {
        for await (const message of client.watchTasks({})) expect(message).toBeDefined();
      })();
      const health = (async () => {
        const seen: number[] = [];
        for await (const { status } of client.health.watch({ service: '' })) seen.push(status);
        return seen;
      })();
      await client.create(aCreateRequest(owner), { timeoutMs });
      const gate = Promise.withResolvers<void>();
      hypervisor.powerGate = gate.promise;
      const inFlight = client.power({ mutation: aMutation(owner, 'off'), op: PowerOp.OFF }, { timeoutMs });
      await client.validate({}, { timeoutMs });
      const stopped = running.stop();
      expect(await watching).toMatchObject({ code: Code.UNAVAILABLE, reason: Reason.ProviderStopping });
      expect((await failureOf(tasks)).reason).toBe(Reason.ProviderStopping);
      expect((await health).at(-1)).toBe(Serving.NOT_SERVING);
      gate.resolve();
      expect((await inFlight).task?.state).toBe(TaskState.SUCCEEDED);
      await stopped;
    });
    expect(hypervisor.sessions.every(({ closed }) => closed)).toBe(true);
  });
});
