import type * as wire from '@virtrigaud/grpc-contract/server';
import type { Task } from '../domain/task.ts';
import { taskStates } from './enums.ts';

/** Encodes long work. */
export function encodeTask(task: Task): wire.Task {
  return {
    id: task.id,
    operationId: task.operationId,
    kind: task.kind,
    vmId: task.vmId ?? '',
    state: taskStates[task.state],
    progressPercent: task.progressPercent ?? -1,
    stage: task.stage ?? '',
    error: task.error && { ...task.error },
    resultId: task.resultId ?? '',
    startedAt: task.startedAt,
    finishedAt: task.finishedAt,
    cancellable: task.cancellable,
  };
}
