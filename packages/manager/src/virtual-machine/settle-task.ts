import { Code, ContractError, classify, TaskState, type Task } from '@virtrigaud/grpc-contract/client';
import { failureOfTask } from '../transport/failure.ts';
import { pathsOf, sortDifferences } from './actionable-differences.ts';
import type { Effects } from './execute.ts';
import type { Observed, Verb } from './observed.ts';
import type { Outcome } from './outcome.ts';

/** Takes the result of a task that has ended, once. What it did to the VM is seen by looking. */
export function settleTask(task: Task, seen: Observed, { deps, site }: Effects): Outcome {
  const uid = seen.vm.metadata.uid ?? '';
  site.tasks.settle(task.id);
  site.inventory.touch(uid);
  deps.memory.update(uid, { settledTask: task.id, taskInTheWay: undefined });
  deps.taskFinished(seen, { kind: task.kind, outcome: outcomeOf(task), seconds: secondsOf(task) });
  const verb = verbOf(task);
  if (task.state === TaskState.SUCCEEDED) {
    if (verb) {
      deps.memory.succeeded(uid, verb);
      deps.memory.did(seen, verb, task.operationId);
    }
    succeeded(task, seen, deps);
    return { kind: 'Progressed' };
  }
  const failure = failureOfTask(task.kind, task.error, (code, reason) => {
    if (task.state === TaskState.CANCELLED) return 'in-progress';
    return classify(
      new ContractError({ code: code === Code.OK ? Code.UNKNOWN : code, reason, message: '' }),
      'mutation',
    );
  });
  if (verb) deps.memory.failed(seen, verb, { operationId: task.operationId, failure });
  deps.note(seen, { reason: 'TaskFailed', message: `${task.kind}: ${failure.message}` });
  return { kind: 'Progressed' };
}

function succeeded(task: Task, seen: Observed, deps: Effects['deps']): void {
  const uid = seen.vm.metadata.uid ?? '';
  const verb = verbOf(task);
  if (verb === 'Delete') {
    const released = task.operationId.startsWith('release-') || deps.memory.get(uid).released;
    deps.memory.update(uid, { deleteDone: true, released });
  }
  if (verb === 'Reconfigure' && seen.remote.kind !== 'Absent') {
    const vm = seen.remote.kind === 'Present' ? seen.remote.vm : seen.remote.last;
    if (vm)
      deps.memory.update(uid, {
        reconfigured: { hash: seen.wanted.hash ?? '', paths: pathsOf(sortDifferences(seen, vm).toSend) },
      });
  }
}

/** The call that started a task, by its name in the contract. */
function verbOf(task: Task): Verb | undefined {
  switch (task.kind) {
    case 'Create':
    case 'Delete':
    case 'Power':
    case 'Reconfigure':
    case 'Adopt':
      return task.kind;
    default:
      return undefined;
  }
}

function outcomeOf(task: Task): 'succeeded' | 'failed' | 'cancelled' {
  if (task.state === TaskState.SUCCEEDED) return 'succeeded';
  return task.state === TaskState.CANCELLED ? 'cancelled' : 'failed';
}

function secondsOf({ startedAt, finishedAt }: Task): number {
  return startedAt && finishedAt ? Math.max(0, (finishedAt.getTime() - startedAt.getTime()) / 1000) : 0;
}
