import { Code, ContractError, TaskState, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { setTimeout as delay } from 'node:timers/promises';
import { done } from './idempotency.ts';
import { refuse, rethrow, uidOf, type Mutant } from './mutant.ts';

const nothing = () => refuse(Code.NOT_FOUND, 'TASK_ABSENT');

/** Waits for the end of a task. */
async function ended(honest: ProviderClient, id: string): Promise<void> {
  for (;;) {
    const { task } = await honest.taskStatus({ id }, { timeoutMs: 10_000 });
    if (task?.state !== TaskState.RUNNING) return;
    await delay(100);
  }
}

export const taskMutants: readonly Mutant[] = [
  {
    breaks: 'task/says-what-it-is',
    that: 'answers a Delete without a task',
    spares: 'term',
    wrap: (honest) => ({
      delete: async (request, options) => {
        await honest.delete(request, options);
        return { task: undefined };
      },
    }),
  },
  {
    breaks: 'task/unknown',
    that: 'says that work succeeded which never was',
    spares: 'term',
    wrap: (honest) => ({
      taskStatus: (request, options) =>
        honest.taskStatus(request, options).catch((error: unknown) => {
          const isAbsent = error instanceof ContractError && error.code === Code.NOT_FOUND;
          return isAbsent ? done('', 'Create') : rethrow(error);
        }),
    }),
  },
  {
    breaks: 'task/needs-an-id',
    that: 'calls work over that nobody asked about',
    spares: 'term',
    wrap: (honest) => ({
      taskStatus: (request, options) => (request.id ? honest.taskStatus(request, options) : nothing()),
    }),
  },
  {
    breaks: 'task/cancel-of-nothing',
    that: 'cancels what never was',
    spares: 'identity',
    wrap: (honest) => ({
      cancelTask: (request, options) => honest.cancelTask(request, options).catch(() => done('', 'Create')),
    }),
  },
  {
    breaks: 'task/stream-begins-with-a-snapshot',
    that: 'never says that all tasks are told',
    spares: 'term',
    wrap: (honest) => ({
      watchTasks: async function* (request, options) {
        for await (const message of honest.watchTasks(request, options)) {
          if (message.event?.$case !== 'bookmark') yield message;
        }
      },
    }),
  },
  {
    breaks: 'task/long-work-is-a-task',
    that: 'blocks until the VM is made',
    spares: 'term',
    wrap: (honest) => ({
      create: async (request, options) => {
        const { id, task } = await honest.create(request, options);
        if (task) await ended(honest, task.id);
        return { id: task ? uidOf(request) : id, task: undefined };
      },
    }),
  },
  {
    breaks: 'task/same-operation-same-task',
    that: 'begins anew what already runs',
    spares: 'term',
    wrap: (honest) => {
      let count = 0;
      return {
        create: async (request, options) => {
          const { id, task } = await honest.create(request, options);
          return { id, task: task && { ...task, id: `${task.id}/${String((count += 1))}` } };
        },
      };
    },
  },
  {
    breaks: 'task/other-work-is-in-the-way',
    that: 'does not say which work is in the way',
    spares: 'term',
    wrap: (honest) => ({
      power: (request, options) =>
        honest.power(request, options).catch((error: unknown) => {
          if (!(error instanceof ContractError)) throw error;
          throw new ContractError({ code: error.code, reason: error.reason, message: error.message });
        }),
    }),
  },
  {
    breaks: 'task/is-told',
    that: 'does not tell how a task ended',
    spares: 'term',
    wrap: (honest) => ({
      watchTasks: async function* (request, options) {
        for await (const message of honest.watchTasks(request, options)) {
          if (message.event?.$case !== 'task' || message.event.value.state === TaskState.RUNNING) yield message;
        }
      },
    }),
  },
  {
    breaks: 'task/delete-ends-a-create',
    that: 'takes a Delete for done while the VM is made',
    spares: 'term',
    wrap: (honest, cloud) => ({
      delete: async (request, options) =>
        cloud.all.has(uidOf(request)) ? honest.delete(request, options) : done(request.mutation?.operationId, 'Delete'),
    }),
  },
  {
    breaks: 'task/cancelled',
    that: 'does not heed a cancellation',
    spares: 'identity',
    wrap: (honest) => ({
      cancelTask: async (request, options) => ({
        task: (await honest.taskStatus({ id: request.id ?? '' }, options)).task,
      }),
    }),
  },
  {
    breaks: 'task/cancel-of-another-cluster',
    that: "ends another cluster's work",
    spares: 'absence',
    wrap: (honest) => {
      let cluster = '';
      return {
        create: (request, options) => {
          cluster = request.mutation?.owner?.clusterId ?? '';
          return honest.create(request, options);
        },
        cancelTask: (request, options) => honest.cancelTask({ ...request, clusterId: cluster }, options),
      };
    },
  },
];
