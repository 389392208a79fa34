import { Code, Reason, TaskState, type Task } from '@virtrigaud/grpc-contract/client';
import type { Failure } from '../transport/failure.ts';
import type { UnaryMethod } from '../transport/provider-channel.ts';
import { driftPath } from './difference.ts';
import type { Effects } from './execute.ts';
import type { Observed, Verb } from './observed.ts';
import type { Outcome } from './outcome.ts';
import { settleTask } from './settle-task.ts';

/** By how much a provider's clock may be behind ours, in milliseconds. */
const clockSkewMs = 5_000;

/** A mutation, without what every mutation carries. */
export interface Mutation {
  readonly verb: Extract<Verb, 'Create' | 'Adopt' | 'Delete' | 'Power' | 'Reconfigure' | 'Reboot'>;
  readonly method: Extract<UnaryMethod, 'create' | 'adopt' | 'delete' | 'power' | 'reconfigure'>;
  readonly operationId: string;
  readonly request: object;
}

/**
 * Sends a mutation under owner, term and operation id. Whatever it answers, only a Describe that begins after it tells how the VM
 * is now. `done` runs when it, or the task it started, has succeeded at once; for a longer task see `settleTask`.
 */
export async function mutate(mutation: Mutation, seen: Observed, effects: Effects, done: () => void): Promise<Outcome> {
  const { deps, site, context } = effects;
  const { metadata } = seen.vm;
  const uid = metadata.uid ?? '';
  const owner = {
    clusterId: deps.clusterId,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid,
    kind: 'VirtualMachine',
  };
  const request = {
    ...mutation.request,
    mutation: { operationId: mutation.operationId, owner, term: BigInt(deps.term()), notAfter: undefined },
  };
  const reply = await site.channel.call({
    method: mutation.method,
    request,
    subject: uid,
    kind: 'mutation',
    ...context,
  });
  site.inventory.touch(uid);
  // A provider that has not answered may still begin, also where another one has: until the mutation's own time is over.
  if ((mutation.verb === 'Create' || mutation.verb === 'Adopt') && reply.openUntilMs !== undefined)
    deps.memory.update(uid, { createUntilMs: reply.openUntilMs + clockSkewMs });
  if (!reply.ok) return mutationFailed(mutation, reply.failure, seen, effects);
  const task: Task | undefined = 'task' in reply.value ? reply.value.task : undefined;
  if (task?.state === TaskState.RUNNING) return taskStarted(task, seen, effects);
  if (task && task.state !== TaskState.SUCCEEDED) return settleTask(task, seen, effects);
  deps.memory.succeeded(uid, mutation.verb);
  deps.memory.did(seen, mutation.verb, mutation.operationId);
  done();
  return { kind: 'Progressed' };
}

/** The task is written to the status before anything waits for it. */
function taskStarted(task: Task, seen: Observed, { deps, site }: Effects): Outcome {
  if (!site.tasks.get(task.id)) site.tasks.heard(task);
  deps.memory.update(seen.vm.metadata.uid ?? '', { taskInTheWay: task.id, settledTask: undefined });
  return { kind: 'Progressed' };
}

function mutationFailed(mutation: Mutation, failure: Failure, seen: Observed, { deps, site }: Effects): Outcome {
  const uid = seen.vm.metadata.uid ?? '';
  if (failure.reason === Reason.StaleTerm) deps.staleTerm();
  if (failure.code === Code.UNAUTHENTICATED || failure.code === Code.PERMISSION_DENIED) site.refused(failure);
  if (failure.class === 'in-progress' && failure.taskId !== undefined) {
    deps.memory.update(uid, { taskInTheWay: failure.taskId, settledTask: undefined });
    // Where that work turns out to be over, and is in the way all the same, it is asked ever more seldom.
    deps.memory.did(seen, mutation.verb, mutation.operationId);
    return { kind: 'Progressed' };
  }
  if (mutation.verb === 'Reconfigure' && failure.reason === Reason.RestartRequired) {
    const known = deps.memory.get(uid).refusedOnline;
    deps.memory.update(uid, { refusedOnline: [...new Set([...known, ...refusedPaths(mutation, failure)])] });
    return { kind: 'Progressed' };
  }
  deps.memory.failed(seen, mutation.verb, { operationId: mutation.operationId, failure });
  if (mutation.verb === 'Create') doubtImage(failure, seen, deps);
  if (failure.class === 'unknown-outcome')
    deps.note(seen, { reason: 'OutcomeUnknown', message: `${failure.call}: ${failure.message}` });
  // What it did, if anything, is seen by looking; the attempt holds its repetition back.
  return { kind: 'Progressed' };
}

/** Nothing tells of a prepared image that somebody removes: the machine that misses it does. */
export function doubtImage({ reason }: Failure, seen: Observed, deps: Effects['deps']): void {
  if (reason === Reason.DependencyMissing || reason === Reason.ImageAbsent) deps.imageDoubted(seen);
}

/** The paths that wait for a power-off: those it names, else all that were asked for. */
function refusedPaths(mutation: Mutation, failure: Failure): readonly string[] {
  const mask = 'updateMask' in mutation.request ? (mutation.request.updateMask as readonly string[]) : [];
  const named = failure.fields.map((field) =>
    driftPath({ field: field.replace(/^(desired|spec)\./, ''), live: '', configured: '' }),
  );
  const known = mask.filter((path) =>
    named.some((each) => each === path || each.startsWith(`${path}.`) || each.startsWith(`${path}[`)),
  );
  return known.length > 0 ? known : mask;
}
