import { Code, PowerOp, Reason, TaskState } from '@virtrigaud/grpc-contract/client';
import { randomUUID } from 'node:crypto';
import type { Check } from '../check.ts';
import { ConformanceError } from '../check-failure.ts';
import { mutationOf } from '../runner/requests.ts';
import type { TaskEvent } from '../runner/scene.ts';
import { show } from '../runner/show.ts';
import { LONG_MS, longCreate } from './long-create.ts';

type TaskTold = Extract<TaskEvent, { $case: 'task' }>;

const isTold =
  (id: string, state: TaskState) =>
  (event: TaskEvent): event is TaskTold =>
    event.$case === 'task' && event.value.id === id && event.value.state === state;

/** What takes long, and how it is told, found again, ended. */
export const taskChecks: readonly Check[] = [
  {
    id: 'task/says-what-it-is',
    title: 'every mutation answers a task: whose operation, of which call, how far',
    proves: 'TaskResponse: a call that finished at once returns a SUCCEEDED task.',
    run: async (scene) => {
      const owner = scene.owner();
      await scene.create(owner);
      const mutation = mutationOf('delete', owner);
      const { task } = scene.verdict.accepted(await scene.calls.mutate('delete', { mutation }));
      scene.verdict.holds({
        holds:
          task !== undefined &&
          task.id !== '' &&
          task.operationId === mutation.operationId &&
          task.kind === 'Delete' &&
          (task.state === TaskState.SUCCEEDED || task.state === TaskState.RUNNING),
        expected: `a task of kind Delete and operation ${mutation.operationId} that runs or succeeded`,
        came: task ?? 'no task',
      });
      await scene.finished({ task });
    },
  },
  {
    id: 'task/unknown',
    title: 'TaskStatus of a task that never was is NOT_FOUND',
    proves: 'TaskStatus NOT_FOUND: the work is known to be over or gone.',
    run: async (scene) => {
      scene.verdict.refused(await scene.calls.send('taskStatus', { id: `Create/${randomUUID()}/none` }), {
        code: Code.NOT_FOUND,
        because: 'this work never was',
      });
    },
  },
  {
    id: 'task/needs-an-id',
    title: 'TaskStatus without an id is refused, not answered with "over"',
    proves: 'TaskStatus NOT_FOUND: the work is known to be over or gone.',
    run: async (scene) => {
      scene.verdict.refused(await scene.calls.send('taskStatus', { id: '' }), {
        code: Code.INVALID_ARGUMENT,
        because: 'nothing was asked for',
      });
    },
  },
  {
    id: 'task/cancel-of-nothing',
    title: 'CancelTask of a task that never was is NOT_FOUND',
    proves: 'CancelTask is about work that runs.',
    run: async (scene) => {
      const request = { id: `Create/${randomUUID()}/none`, clusterId: scene.clusterId, term: 1n };
      scene.verdict.refused(await scene.calls.send('cancelTask', request), {
        code: Code.NOT_FOUND,
        because: 'this work never was',
      });
    },
  },
  {
    id: 'task/stream-begins-with-a-snapshot',
    title: 'WatchTasks says with a bookmark that all running tasks have been told',
    proves: 'WatchTasks: first a snapshot, then a bookmark, then changes.',
    run: async (scene) => {
      const log = scene.watchTasks();
      const event = await log.until('a bookmark', ({ $case }) => $case === 'bookmark');
      scene.verdict.holds({
        holds: event.$case === 'bookmark' && event.value.initialListDone,
        expected: 'a bookmark with initial_list_done',
        came: event,
      });
    },
  },
  {
    id: 'task/long-work-is-a-task',
    title: 'a Create that takes long answers a task, which succeeds and names the VM',
    proves: 'No call blocks for the length of a copy: longer work is a Task.',
    backdoor: ['delayCreates'],
    run: async (scene) => {
      const { owner, task } = await longCreate(scene);
      const end = await scene.calls.ended(task.id);
      const { id } = await scene.state(owner);
      scene.verdict.holds({
        holds: end?.state === TaskState.SUCCEEDED && end.resultId === id,
        expected: `a task that SUCCEEDED with result_id ${id}`,
        came: end ?? 'NOT_FOUND',
      });
    },
  },
  {
    id: 'task/same-operation-same-task',
    title: 'the same Create again, while it runs, answers the same task',
    proves: 'operation_id finds the same work already running, whose task is returned.',
    backdoor: ['delayCreates'],
    run: async (scene) => {
      const { owner, task } = await longCreate(scene);
      const again = scene.verdict.accepted(await scene.calls.send('create', scene.createRequest(owner)));
      scene.verdict.holds({
        holds: again.task?.id === task.id,
        expected: `task ${task.id}`,
        came: again.task ?? 'no task',
      });
      await scene.finished({ task });
    },
  },
  {
    id: 'task/other-work-is-in-the-way',
    title: 'other work for the same owner, while a task runs, is ABORTED and told which task',
    proves: "Other work in the way: ABORTED, its `task_id` in the ErrorInfo's metadata.",
    backdoor: ['delayCreates'],
    run: async (scene) => {
      const { owner, task } = await longCreate(scene);
      const mutation = mutationOf('power', owner);
      const refusal = scene.verdict.refused(await scene.calls.send('power', { mutation, op: PowerOp.ON }), {
        code: Code.ABORTED,
        reason: Reason.OperationInProgress,
        because: 'a Create of the same owner runs',
      });
      scene.verdict.holds({
        holds: refusal.metadata['task_id'] === task.id,
        expected: `metadata task_id ${task.id}`,
        came: refusal.metadata,
      });
      await scene.finished({ task });
    },
  },
  {
    id: 'task/is-told',
    title: 'WatchTasks tells a task that begins and its end, to its own cluster alone',
    proves: 'WatchTasks: first a snapshot, then a bookmark, then changes, of `cluster_id`.',
    backdoor: ['delayCreates'],
    run: async (scene) => {
      const [log, elsewhere] = [scene.watchTasks(), scene.watchTasks(`${scene.clusterId}-b`)];
      for (const each of [log, elsewhere]) await each.until('a bookmark', ({ $case }) => $case === 'bookmark');
      const { task } = await longCreate(scene);
      await log.until(`task ${task.id} as RUNNING`, isTold(task.id, TaskState.RUNNING));
      const { value } = await log.until(`task ${task.id} as SUCCEEDED`, isTold(task.id, TaskState.SUCCEEDED));
      scene.verdict.holds({ holds: value.resultId !== '', expected: 'a result_id', came: value });
      const told = elsewhere.events.filter((event) => event.$case === 'task' && event.value.id === task.id);
      scene.verdict.holds({ holds: told.length === 0, expected: 'nothing for another cluster', came: told });
    },
  },
  {
    id: 'task/delete-ends-a-create',
    title: 'a Delete while the VM is made leaves none, now and later',
    proves: 'Delete also ends a Create in flight and removes all that bears the uid.',
    backdoor: ['delayCreates'],
    run: async (scene) => {
      const { owner, task } = await longCreate(scene);
      await scene.succeed(await scene.delete(owner));
      const absent = {
        code: Code.NOT_FOUND,
        reason: 'VM_ABSENT',
        because: 'it was deleted while it was made',
      } as const;
      scene.verdict.refused(await scene.calls.send('describe', { owner }), absent);
      await scene.calls.ended(task.id);
      // Work that goes on unseen would end about now.
      await scene.pause(LONG_MS);
      scene.verdict.refused(await scene.calls.send('describe', { owner }), absent);
    },
  },
  {
    id: 'task/cancelled',
    title: 'a task that is cancellable ends CANCELLED when it is told to, and no VM gets whole by it',
    proves: '`cancellable`, and CancelTask.',
    backdoor: ['delayCreates'],
    run: async (scene) => {
      const { owner, task } = await longCreate(scene);
      if (!task.cancellable) {
        await scene.finished({ task });
        throw new ConformanceError({ kind: 'not-applicable', why: 'the task of a Create is not cancellable here' });
      }
      const request = { id: task.id, clusterId: scene.clusterId, term: 1n };
      scene.verdict.accepted(await scene.calls.send('cancelTask', request));
      const end = await scene.calls.ended(task.id);
      scene.verdict.holds({
        holds: end?.state === TaskState.CANCELLED,
        expected: 'CANCELLED',
        came: end ?? 'NOT_FOUND',
      });
      await scene.succeed(await scene.delete(owner));
    },
  },
  {
    id: 'task/cancel-of-another-cluster',
    title: "another cluster's CancelTask is NOT_FOUND, and the work goes on",
    proves: 'CancelTask of a task of another cluster: NOT_FOUND.',
    backdoor: ['delayCreates'],
    run: async (scene) => {
      const { task } = await longCreate(scene);
      const request = { id: task.id, clusterId: `${scene.clusterId}-b`, term: 1n };
      scene.verdict.refused(await scene.calls.send('cancelTask', request), {
        code: Code.NOT_FOUND,
        because: 'that cluster has no such task',
      });
      const end = await scene.calls.ended(task.id);
      scene.verdict.holds({
        holds: end?.state === TaskState.SUCCEEDED,
        expected: 'SUCCEEDED',
        came: end ? show(end) : 'NOT_FOUND',
      });
    },
  },
];
