import { Code, ContractError, classify, PowerOp, TaskState, type Task } from '@virtrigaud/grpc-contract/client';
import { failureOfTask } from '../transport/failure.ts';
import { maskOf, pathsOf } from './actionable-differences.ts';
import type { Effects } from './execute.ts';
import { doubtImage } from './mutate.ts';
import type { Observed, Verb } from './observed.ts';
import type { Outcome } from './outcome.ts';
import { powerNote, powerTaskOf } from './power-notes.ts';

/** Takes the result of a task that has ended, once. What it did to the VM is seen by looking. */
export function settleTask(task: Task, seen: Observed, { deps, site }: Effects): Outcome {
  const uid = seen.vm.metadata.uid ?? '';
  site.tasks.settle(task.id);
  site.inventory.touch(uid);
  deps.memory.update(uid, { settledTask: task.id, taskInTheWay: undefined });
  deps.taskFinished(seen, { kind: task.kind, outcome: outcomeOf(task), seconds: secondsOf(task) });
  const verb = verbOf(task, seen);
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
  if (verb === 'Create') doubtImage(failure, seen, deps);
  deps.note(seen, { reason: 'TaskFailed', message: `${task.kind}: ${failure.message}` });
  return { kind: 'Progressed' };
}

function succeeded(task: Task, seen: Observed, deps: Effects['deps']): void {
  const uid = seen.vm.metadata.uid ?? '';
  const verb = verbOf(task, seen);
  if (verb === 'Delete') {
    const released = task.operationId.startsWith('release-') || deps.memory.get(uid).released;
    deps.memory.update(uid, { deleteDone: true, released });
  }
  if (verb === 'Reconfigure' && deps.memory.get(uid).reconfiguring?.operationId === task.operationId)
    reconfigured(seen, deps);
  const power = task.kind === 'Power' ? powerTaskOf(seen, task.operationId) : undefined;
  if (power?.token !== undefined) rebooted(power.token, seen, deps);
  else if (power) {
    const deadline = seen.vm.status?.shutdownDeadline;
    const note = powerNote(power.op, deadline !== undefined && seen.nowMs >= Date.parse(deadline));
    if (note) deps.note(seen, note);
  }
}

/** A restart token was acted on: it is not again, and people are told. */
export function rebooted(token: string, seen: Observed, deps: Effects['deps']): void {
  deps.memory.update(seen.vm.metadata.uid ?? '', { rebootedFor: token });
  const note = powerNote(PowerOp.REBOOT, false);
  if (note) deps.note(seen, note);
}

/** The Reconfigure that was sent last has succeeded: what it was to change is not sent for the same wish again, and is told. */
export function reconfigured(seen: Observed, deps: Effects['deps']): void {
  const uid = seen.vm.metadata.uid ?? '';
  const sent = deps.memory.get(uid).reconfiguring;
  if (!sent) return;
  const { hash, differences } = sent;
  deps.memory.update(uid, { reconfiguring: undefined, reconfigured: { hash, paths: pathsOf(differences) } });
  const isDrift = seen.vm.status?.applied?.hash === hash;
  deps.note(seen, {
    reason: isDrift ? 'DriftCorrected' : 'Reconfigured',
    message: maskOf(differences).join(', '),
  });
  for (const { path, wanted, found } of differences) {
    if (path === 'disks' && wanted === 'none')
      deps.note(seen, { reason: 'DiskDetached', message: `disk ${found} is detached and kept` });
  }
}

/** The call that started a task, by its name in the contract. */
function verbOf(task: Task, seen: Observed): Verb | undefined {
  switch (task.kind) {
    case 'Power':
      return powerTaskOf(seen, task.operationId)?.verb ?? 'Power';
    case 'Create':
    case 'Delete':
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
