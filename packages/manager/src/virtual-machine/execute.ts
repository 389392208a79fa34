import { Annotation } from '@virtrigaud/api-types';
import { Code, PowerOp, PowerState } from '@virtrigaud/grpc-contract/client';
import { isForbidden } from '@virtrigaud/kube-runtime';
import { maskOf } from './actionable-differences.ts';
import type { Failure } from '../transport/failure.ts';
import { describeVm } from './describe-vm.ts';
import { mutate, type Mutation } from './mutate.ts';
import type { Observed } from './observed.ts';
import type { Outcome } from './outcome.ts';
import type { ExecuteContext, ExecuteDeps, ProviderSite } from './ports.ts';
import { powerNote } from './power-notes.ts';
import { rebooted, reconfigured, settleTask } from './settle-task.ts';
import { projectStatus } from './status.ts';
import type { Step } from './step.ts';
import { mustBeOff } from './wanted-power.ts';

const progressed: Outcome = { kind: 'Progressed' };
const waiting: Outcome = { kind: 'Waiting' };

/** Does one step: at most one call to a provider, or one write. What is written and remembered decides the rest. */
export async function execute(
  step: Step,
  seen: Observed,
  deps: ExecuteDeps,
  context: ExecuteContext,
): Promise<Outcome> {
  switch (step.kind) {
    case 'Done':
      return { kind: 'Gone' };
    case 'RemoveFinalizer':
      return writeFinalizer(seen, deps, () => removeFinalizer(step, seen, deps));
    case 'AddFinalizer':
      return writeFinalizer(seen, deps, async () => {
        await deps.writes.addFinalizer(seen);
        deps.memory.succeeded(seen.vm.metadata.uid ?? '', 'Finalizer');
        return progressed;
      });
    case 'Bind':
    case 'Rebind':
      return bind(step, seen, deps);
    case 'Unbind':
      return unbind(step, seen, deps);
    case 'Paused':
    case 'WaitForProvider':
    case 'WaitForAbsence':
    case 'ProviderMismatch':
    case 'WaitForHypervisor':
    case 'InvalidSpec':
    case 'WaitForGrant':
    case 'WaitForDependency':
    case 'WaitForShutdown':
    case 'WaitAfterCrash':
    case 'WaitForRollout':
    case 'Vanished':
    case 'BackOff':
    case 'Stalled':
    case 'Settled':
      return waiting;
    case 'AwaitTask':
    case 'CheckTask':
    case 'CancelTask':
    case 'SettleTask':
      return withSite(seen, deps, (site) => executeTask(step, seen, { deps, site, context }));
    case 'Describe':
    case 'Delete':
    case 'Create':
    case 'Adopt':
    case 'Power':
    case 'Reconfigure':
    case 'Reboot':
      return withSite(seen, deps, (site) => executeCall(step, seen, { deps, site, context }));
  }
}

/** What an effect at a provider needs. */
export interface Effects {
  readonly deps: ExecuteDeps;
  readonly site: ProviderSite;
  readonly context: ExecuteContext;
}

async function withSite(
  seen: Observed,
  deps: ExecuteDeps,
  effect: (site: ProviderSite) => Promise<Outcome>,
): Promise<Outcome> {
  const site = deps.site(seen.bound ?? seen.named);
  // It was there when this was planned: its disappearance wakes the key, and the plan waits for it.
  return site ? effect(site) : waiting;
}

/** A right that the manager lacks is said on the object: nobody else could tell why nothing happens. */
async function writeFinalizer(seen: Observed, deps: ExecuteDeps, write: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await write();
  } catch (error) {
    if (!isForbidden(error)) throw error;
    deps.memory.failed(seen, 'Finalizer', {
      operationId: '',
      failure: {
        ...{ call: 'Finalizer', class: 'blocked', code: Code.PERMISSION_DENIED, message: error.message },
        ...{ reason: undefined, fields: [], taskId: undefined, retryDelayMs: undefined },
      },
    });
    return { kind: 'Failed', verb: 'Finalizer' };
  }
}

async function removeFinalizer(
  step: Extract<Step, { kind: 'RemoveFinalizer' }>,
  seen: Observed,
  deps: ExecuteDeps,
): Promise<Outcome> {
  await deps.writes.removeFinalizer(seen);
  const uid = seen.vm.metadata.uid ?? '';
  if (seen.bound) deps.site(seen.bound)?.inventory.forget(uid);
  deps.memory.forget(uid);
  switch (step.why) {
    case 'Forced':
      deps.note(seen, {
        reason: 'ForceDeleted',
        message: `let go by ${Annotation.ForceDelete}; what bears the uid ${uid} may be left at the hypervisor`,
      });
      break;
    case 'Gone':
      deps.note(seen, { reason: 'Deleted', message: 'the machine is gone from the hypervisor' });
      break;
    case 'Released':
      deps.note(seen, { reason: 'Released', message: 'the machine runs on; it is no longer ours' });
      break;
    case 'NeverMade':
      break;
  }
  return { kind: 'Gone' };
}

/** Writes where the VM is made, before it is made. */
async function bind(step: Step, seen: Observed, deps: ExecuteDeps): Promise<Outcome> {
  const { named, vm } = seen;
  const takeOver = step.kind === 'Rebind' ? vm.status?.binding?.takeOver : seen.takeOver?.uid;
  const binding = {
    providerRef: { name: named.name, namespace: named.namespace },
    providerUID: named.uid,
    ...(named.hypervisorId === '' ? {} : { hypervisorID: named.hypervisorId }),
    generation: (step.kind === 'Rebind' ? vm.status?.binding : vm.metadata)?.generation ?? 0,
    ...(takeOver === undefined ? {} : { takeOver }),
  };
  const bound: Observed = {
    ...seen,
    bound: named,
    vm: { ...vm, status: { ...vm.status, binding } },
    remote: seen.candidate ?? seen.remote,
  };
  await deps.writes.writeStatus(seen, projectStatus(bound, step));
  deps.site(named)?.inventory.bound(vm.metadata.uid ?? '');
  return progressed;
}

async function unbind(step: Step, seen: Observed, deps: ExecuteDeps): Promise<Outcome> {
  const { binding: _binding, ...status } = seen.vm.status ?? {};
  const unbound: Observed = { ...seen, bound: undefined, vm: { ...seen.vm, status } };
  await deps.writes.writeStatus(seen, projectStatus(unbound, step));
  return progressed;
}

type TaskStep = Extract<Step, { kind: 'AwaitTask' | 'CheckTask' | 'CancelTask' | 'SettleTask' }>;

async function executeTask(step: TaskStep, seen: Observed, effects: Effects): Promise<Outcome> {
  const { deps, site, context } = effects;
  const uid = seen.vm.metadata.uid ?? '';
  switch (step.kind) {
    case 'AwaitTask':
      site.tasks.await(step.task.id, () => deps.wake(seen));
      return waiting;
    case 'SettleTask':
      return settleTask(step.task, seen, effects);
    case 'CancelTask': {
      deps.memory.update(uid, { cancelledTask: step.id });
      const request = { id: step.id, term: BigInt(deps.term()), clusterId: deps.clusterId };
      const reply = await site.channel.call({
        method: 'cancelTask',
        request,
        subject: uid,
        kind: 'mutation',
        ...context,
      });
      if (reply.ok && reply.value.task) site.tasks.heard(reply.value.task);
      return progressed;
    }
    case 'CheckTask': {
      const reply = await site.channel.call({
        method: 'taskStatus',
        request: { id: step.id },
        subject: uid,
        kind: 'read',
        ...context,
      });
      if (reply.ok && reply.value.task) {
        site.tasks.heard(reply.value.task);
        deps.memory.succeeded(uid, 'TaskStatus');
        return progressed;
      }
      if (!reply.ok && reply.failure.code !== Code.NOT_FOUND) {
        deps.memory.failed(seen, 'TaskStatus', { operationId: '', failure: reply.failure });
        return { kind: 'Failed', verb: 'TaskStatus' };
      }
      // The work is over or gone: what it left behind is seen by looking.
      site.tasks.settle(step.id);
      site.inventory.touch(uid);
      deps.memory.update(uid, { settledTask: step.id, taskInTheWay: undefined });
      return progressed;
    }
  }
}

type CallStep = Extract<
  Step,
  { kind: 'Describe' | 'Delete' | 'Create' | 'Adopt' | 'Power' | 'Reconfigure' | 'Reboot' }
>;

async function executeCall(step: CallStep, seen: Observed, effects: Effects): Promise<Outcome> {
  const { deps } = effects;
  const uid = seen.vm.metadata.uid ?? '';
  switch (step.kind) {
    case 'Describe':
      return describeVm(step, seen, effects);
    case 'Adopt':
      return adopt(step, seen, effects);
    case 'Reconfigure':
      deps.rolloutBegins(seen);
      deps.memory.update(uid, {
        reconfiguring: {
          operationId: step.operationId,
          hash: seen.wanted.hash ?? '',
          differences: step.differences,
        },
      });
      return mutate(mutationOf(step, seen), seen, effects, () => reconfigured(seen, deps));
    case 'Power':
      // Asked counts, whatever the answer: the deadline does not depend on it.
      if (step.op === PowerOp.SHUTDOWN_GRACEFUL) deps.memory.update(uid, { shutdownAskedMs: seen.monotonicMs });
      return mutate(mutationOf(step, seen), seen, effects, () => {
        const note = powerNote(step.op, step.why === 'DeadlineOver');
        if (note) deps.note(seen, note);
      });
    case 'Reboot':
      return mutate(mutationOf(step, seen), seen, effects, () => rebooted(step.token, seen, deps));
    case 'Delete':
      return mutate(mutationOf(step, seen), seen, effects, () => {
        const released = step.releaseOnly || deps.memory.get(uid).released;
        deps.memory.update(uid, { deleteDone: true, released });
      });
    case 'Create':
      if (seen.remote.kind === 'Absent' && seen.vm.status?.id !== undefined)
        deps.note(seen, {
          reason: 'Vanished',
          message: 'is gone from the hypervisor, and is made again, since vanishedPolicy is Recreate',
        });
      return mutate(mutationOf(step, seen), seen, effects, () => undefined);
  }
}

function mutationOf(step: Exclude<CallStep, { kind: 'Describe' | 'Adopt' }>, seen: Observed): Mutation {
  const id = seen.vm.status?.id ?? '';
  const { operationId } = step;
  switch (step.kind) {
    case 'Create': {
      const initialPower = mustBeOff(seen) ? PowerState.OFF : PowerState.ON;
      return { verb: 'Create', method: 'create', operationId, request: { spec: seen.wanted.creation, initialPower } };
    }
    case 'Delete':
      return { verb: 'Delete', method: 'delete', operationId, request: { id, releaseOnly: step.releaseOnly } };
    case 'Power':
      return { verb: 'Power', method: 'power', operationId, request: { id, op: step.op } };
    case 'Reboot':
      return { verb: 'Reboot', method: 'power', operationId, request: { id, op: PowerOp.REBOOT } };
    case 'Reconfigure': {
      const expectedRevision = seen.remote.kind === 'Present' ? seen.remote.vm.revision : '';
      const request = { id, desired: seen.wanted.spec, updateMask: maskOf(step.differences), expectedRevision };
      return { verb: 'Reconfigure', method: 'reconfigure', operationId, request };
    }
  }
}

/** Finds the VM that bears the old uid, and stamps it with ours. */
async function adopt(step: Extract<Step, { kind: 'Adopt' }>, seen: Observed, effects: Effects): Promise<Outcome> {
  const { deps, site, context } = effects;
  const uid = seen.vm.metadata.uid ?? '';
  const request = { id: '', owner: { uid: step.ownerUid, kind: 'VirtualMachine', clusterId: deps.clusterId } };
  const found = await site.channel.call({ method: 'describe', request, subject: uid, kind: 'read', ...context });
  if (!found.ok) {
    const failure = found.failure.class === 'absent' ? nothingToTakeOver(found.failure, step) : found.failure;
    deps.memory.failed(seen, 'Adopt', { operationId: step.operationId, failure });
    return { kind: 'Failed', verb: 'Adopt' };
  }
  const id = found.value.vm?.id ?? '';
  const mutation: Mutation = {
    verb: 'Adopt',
    method: 'adopt',
    operationId: step.operationId,
    request: { id, expectedOwnerUid: step.ownerUid },
  };
  return mutate(mutation, seen, effects, () => undefined);
}

function nothingToTakeOver(failure: Failure, { ownerUid }: Extract<Step, { kind: 'Adopt' }>): Failure {
  const message = `no machine there bears the uid ${ownerUid}; correct the annotation ${Annotation.TakeOver}, or remove it to have a new machine made`;
  return { ...failure, call: 'Adopt', class: 'rejected', message };
}
