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
import { eventsUntil, eventually, failureOf, openWatch } from './client-calls.ts';
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

function rotatingCredentials(first: string) {
  let password = first;
  const listeners = new Set<() => void>();
  return {
    current: () => ({ password }),
    onChange: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    rotate: (next: string) => {
      password = next;
      for (const listener of listeners) listener();
    },
    get listeners() {
      return listeners.size;
    },
  };
}

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
      await eventsUntil(client, (event) => event.$case === 'upsert' && event.value.id === 'b');
      const watch = await openWatch(client);
      hypervisor.sink?.changed('a');
      hypervisor.refusal = new Error('down');
      hypervisor.sessions[0]?.lose(new Error('socket closed'));
      hypervisor.vms.delete('b');
      hypervisor.refusal = undefined;
      const events = await watch.until(({ $case }) => $case === 'gone');
      expect(events.at(-1)).toMatchObject({ $case: 'gone', value: { id: 'b' } });
      await watch.close();
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
      const another = client.cancelTask({ id: task?.id ?? '', clusterId: 'cluster-2', term: 1n }, { timeoutMs });
      expect(await failureOf(another)).toMatchObject({ code: Code.NOT_FOUND, reason: Reason.TaskAbsent });
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
      hypervisor.longCreate = async () => ({ resultId: 'vm' });
      await client.create(aCreateRequest(owner), { timeoutMs, metadata: { 'x-correlation-id': 'reconcile-7' } });
    });
    expect(logger.entries).toContainEqual(
      expect.objectContaining({ message: 'creating', correlationId: 'reconcile-7' }),
    );
    const text = await registry.metrics();
    expect(text).toMatch(/grpc_server_handled_total\{[^}]*grpc_method="Create",grpc_code="OK"\} 1/);
  });

  it('P42 takes rotated credentials without a failed call, and closes the old session', async () => {
    const hypervisor = new ScriptedHypervisor();
    const credentials = rotatingCredentials('first');
    await withServedProvider(hypervisor.provider, { credentials }, async ({ client }) => {
      await client.create(aCreateRequest(owner), { timeoutMs });
      const gate = Promise.withResolvers<void>();
      hypervisor.powerGate = gate.promise;
      const inFlight = client.power({ mutation: aMutation(owner, 'off'), op: PowerOp.OFF }, { timeoutMs });
      credentials.rotate('second');
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
    expect(credentials.listeners).toBe(0);
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

  it('P42 keeps the session of a running task open while credentials are rotated', async () => {
    const hypervisor = new ScriptedHypervisor();
    const credentials = rotatingCredentials('first');
    const work = Promise.withResolvers<{ resultId: string }>();
    hypervisor.longCreate = () => work.promise;
    await withServedProvider(hypervisor.provider, { credentials }, async ({ client }) => {
      await client.create(aCreateRequest(owner), { timeoutMs });
      credentials.rotate('second');
      await eventually(
        () => hypervisor.sessions.length,
        (count) => count === 2,
      );
      await client.describe({ id: 'x' }, { timeoutMs }).catch(() => undefined);
      expect(hypervisor.sessions[0]?.closed).toBe(false);
      work.resolve({ resultId: 'vm' });
      await eventually(
        () => hypervisor.sessions[0]?.closed,
        (closed) => closed === true,
      );
    });
  });

  it('ends a cancellable Create for a Delete, and names the task of one that is not', async () => {
    await run(async (client, hypervisor) => {
      hypervisor.longCreate = (task) =>
        new Promise((_resolve, reject) => {
          task.signal.addEventListener('abort', () => {
            reject(new Error('gave up'));
          });
        });
      const { task } = await client.create(aCreateRequest(owner), { timeoutMs });
      await client.delete({ mutation: aMutation(owner, 'delete') }, { timeoutMs });
      const ended = await client.taskStatus({ id: task?.id ?? '' }, { timeoutMs });
      expect(ended.task?.state).toBe(TaskState.CANCELLED);

      const work = Promise.withResolvers<{ resultId: string }>();
      hypervisor.longCreate = () => work.promise;
      hypervisor.isCancellable = false;
      const second = await client.create(aCreateRequest(owner), { timeoutMs });
      const refused = client.delete({ mutation: aMutation(owner, 'delete') }, { timeoutMs });
      expect(await failureOf(refused)).toMatchObject({
        code: Code.ABORTED,
        metadata: { task_id: second.task?.id },
      });
      work.resolve({ resultId: 'vm' });
    });
  });

  it('follows a task of the hypervisor itself until it is over', async () => {
    await run(async (client, hypervisor) => {
      hypervisor.foreignTask = {
        id: 'hv-7',
        operationId: `create-${owner.uid}-1`,
        kind: 'Create',
        state: 'Running',
        startedAt: new Date(),
        cancellable: false,
      };
      const { task } = await client.create(aCreateRequest(owner), { timeoutMs });
      expect(task).toMatchObject({ id: 'hv-7', state: TaskState.RUNNING });
      const other = client.power({ mutation: aMutation(owner, 'off'), op: PowerOp.OFF }, { timeoutMs });
      expect(await failureOf(other)).toMatchObject({ metadata: { task_id: 'hv-7' } });
      hypervisor.foreignTask = { ...hypervisor.foreignTask, state: 'Succeeded', resultId: 'vm' };
      const ended = await eventually(
        () => client.taskStatus({ id: 'hv-7' }, { timeoutMs }),
        (status) => status.task?.state === TaskState.SUCCEEDED,
      );
      expect(ended.task?.resultId).toBe('vm');
      const after = client.power({ mutation: aMutation(owner, 'off'), op: PowerOp.OFF }, { timeoutMs });
      expect((await failureOf(after)).reason).toBe(Reason.VmAbsent);
    });
  });

  it('P58 bounds a page by its bytes: 500 VMs of 12 kB', async () => {
    await run(async (client, hypervisor) => {
      for (let n = 0; n < 500; n += 1)
        hypervisor.vms.set(`v${String(n)}`, aVm(`v${String(n)}`, { question: 'x'.repeat(12_000) }));
      const ids = new Set<string>();
      let pageToken = '';
      do {
        const page = await client.listVMs({ pageSize: 500, pageToken }, { timeoutMs });
        for (const { id } of page.vms) ids.add(id);
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
      expect(ids.size).toBe(500);
    });
  });

  it('answers a page that is asked for again, the last one, too', async () => {
    await run(async (client, hypervisor) => {
      for (const id of ['a', 'b', 'c']) hypervisor.vms.set(id, aVm(id));
      const { nextPageToken: pageToken } = await client.listVMs({ pageSize: 2 }, { timeoutMs });
      const page = () => client.listVMs({ pageSize: 2, pageToken }, { timeoutMs });
      expect((await page()).vms.map(({ id }) => id)).toEqual(['c']);
      expect((await page()).vms.map(({ id }) => id)).toEqual(['c']);
    });
  });

  it('shows a watcher the tasks of its own cluster, and all of them to one that names none', async () => {
    await run(async (client, hypervisor) => {
      const work = Promise.withResolvers<{ resultId: string }>();
      hypervisor.longCreate = () => work.promise;
      const { task } = await client.create(aCreateRequest(owner), { timeoutMs });
      const seenBy = async (clusterId: string) => {
        const seen: unknown[] = [];
        for await (const { event } of client.watchTasks({ clusterId })) {
          if (event?.$case !== 'task') break;
          seen.push(event.value.id);
        }
        return seen;
      };
      expect([await seenBy('cluster-1'), await seenBy('another'), await seenBy('')]).toEqual([
        [task?.id],
        [],
        [task?.id],
      ]);
      work.resolve({ resultId: 'vm' });
    });
  });

  it('does not bring a VM back for watchers when a Describe is answered after it went', async () => {
    await run(async (client, hypervisor) => {
      hypervisor.vms.set('a', aVm('a'));
      hypervisor.sink?.relist();
      await eventsUntil(client, (event) => event.$case === 'upsert');
      const late = Promise.withResolvers<undefined>();
      hypervisor.answerGate = late.promise;
      const described = client.describe({ id: 'a' }, { timeoutMs });
      await eventually(
        () => hypervisor.waiting,
        (waiting) => waiting === 1,
      );
      hypervisor.answerGate = undefined;
      const watch = await openWatch(client);
      hypervisor.vms.delete('a');
      hypervisor.sink?.changed('a');
      await watch.until(({ $case }) => $case === 'gone');
      late.resolve(undefined);
      expect((await described).vm?.id).toBe('a');
      hypervisor.vms.set('z', aVm('z'));
      hypervisor.sink?.changed('z');
      const events = await watch.until((event) => event.$case === 'upsert' && event.value.id === 'z');
      expect(events.flatMap((event) => (event.$case === 'upsert' ? [event.value.id] : []))).toEqual(['z']);
      await watch.close();
    });
  });
});
