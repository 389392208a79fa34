import {
  Reason,
  type CancelTaskRequest,
  type ServerCall,
  type TaskResponse,
  type TaskStatusRequest,
  type TaskStatusResponse,
} from '@virtrigaud/grpc-contract/server';
import type { Task } from '../domain/task.ts';
import { invalidField, ProviderError } from '../provider-error.ts';
import { readContext, type Runtime } from '../runtime.ts';
import { encodeTask } from '../wire/encode-task.ts';

/** TaskStatus: NOT_FOUND means that the work is known to be over or gone. */
export async function taskStatus(
  runtime: Runtime,
  request: TaskStatusRequest,
  call: ServerCall,
): Promise<TaskStatusResponse> {
  return { task: encodeTask(await find(runtime, request.id, call)) };
}

/** CancelTask: asks the work to end; the answer shows it as it is now. Another cluster's work is not there to be ended. */
export async function cancelTask(
  runtime: Runtime,
  request: CancelTaskRequest,
  call: ServerCall,
): Promise<TaskResponse> {
  runtime.fence.check(request.clusterId, request.term);
  runtime.fence.announce(request.clusterId, request.term);
  if (runtime.tasks.isOfAnother(request.id, request.clusterId)) throw taskAbsent(request.id);
  const task = await find(runtime, request.id, call);
  if (task.state === 'Running' && !task.cancellable) {
    throw new ProviderError('FailedPrecondition', {
      reason: Reason.WrongState,
      message: `task ${task.id} (${task.kind}) cannot be cancelled at this stage`,
    });
  }
  return { task: encodeTask(runtime.tasks.cancel(task.id) ?? task) };
}

async function find(runtime: Runtime, id: string, call: ServerCall): Promise<Task> {
  if (id === '') throw invalidField('id', 'is missing');
  const known = runtime.tasks.get(id);
  if (known) return known;
  const { implementation, keeper } = runtime;
  const task =
    implementation.findTask &&
    (await keeper.use(async (session) => implementation.findTask?.(session, id, readContext(runtime, call))));
  if (task) return task;
  throw taskAbsent(id);
}

const taskAbsent = (id: string) =>
  new ProviderError('NotFound', { reason: Reason.TaskAbsent, message: `task ${id} is over, or was never begun` });
