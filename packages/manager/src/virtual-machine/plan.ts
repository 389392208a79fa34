import { Annotation, Finalizer } from '@virtrigaud/api-types';
import { Connection, Lifecycle, PowerState, type VirtualMachineState } from '@virtrigaud/grpc-contract/client';
import { operationId } from './desired/identity.ts';
import { heldBack, outstandingCreate } from './held-back.ts';
import type { Observed } from './observed.ts';
import { planCreation } from './plan-creation.ts';
import { planConvergence } from './plan-convergence.ts';
import { canRebind, isAtAcceptedHypervisor, isBoundToNamed, learnsHypervisor } from './same-hypervisor.ts';
import type { Step } from './step.ts';
import { isRetained } from './take-over.ts';
import { isPoweredOff, mustBeOff } from './wanted-power.ts';

/** Rows in order of precedence; the first that answers is the next step. */
const rows: readonly ((seen: Observed) => Step | undefined)[] = [
  finalizerIsGone,
  forced,
  neverMade,
  paused,
  providerNotUsable,
  look,
  taskRuns,
  deleting,
  boundElsewhere,
  hypervisorWaits,
  invalidOrNotGranted,
  noFinalizer,
  planCreation,
  planConvergence,
];

/** Decides the one next step for a VirtualMachine. Pure: no I/O, clock, logger or chance. */
export function planVirtualMachine(seen: Observed): Step {
  for (const row of rows) {
    const step = row(seen);
    if (step) return step;
  }
  return { kind: 'Settled' };
}

/** The annotation, or undefined where it is absent or empty. */
export function annotation(seen: Pick<Observed, 'vm'>, name: string): string | undefined {
  const value = seen.vm.metadata.annotations?.[name];
  return value === '' ? undefined : value;
}

const isDeleting = (seen: Observed) => seen.vm.metadata.deletionTimestamp !== undefined;
const hasFinalizer = (seen: Observed) => seen.vm.metadata.finalizers?.includes(Finalizer.VirtualMachine) ?? false;
const uidOf = (seen: Observed) => seen.vm.metadata.uid ?? '';

/** Row 1: it is leaving, and we have let go: never hold on to it again. */
function finalizerIsGone(seen: Observed): Step | undefined {
  return isDeleting(seen) && !hasFinalizer(seen) ? { kind: 'Done' } : undefined;
}

/** Row 2: a person takes the responsibility. */
function forced(seen: Observed): Step | undefined {
  if (!isDeleting(seen) || annotation(seen, Annotation.ForceDelete) !== 'true') return undefined;
  return { kind: 'RemoveFinalizer', why: 'Forced' };
}

/** Row 3: nothing was ever made, so no provider is needed. */
function neverMade(seen: Observed): Step | undefined {
  return isDeleting(seen) && !seen.bound ? { kind: 'RemoveFinalizer', why: 'NeverMade' } : undefined;
}

/** Row 4: no call, whatever else is true. */
function paused(seen: Observed): Step | undefined {
  return annotation(seen, Annotation.Paused) === 'true' ? { kind: 'Paused' } : undefined;
}

/** Row 5: where nothing can be asked, nothing is concluded. */
function providerNotUsable(seen: Observed): Step | undefined {
  const site = seen.bound ?? seen.named;
  if (site.unavailable === undefined && (seen.bound !== undefined || site.granted)) {
    return seen.bound === undefined && site.deleting ? { kind: 'WaitForProvider' } : undefined;
  }
  return !isDeleting(seen) && canRebind(seen) ? undefined : { kind: 'WaitForProvider' };
}

/** Row 6: ask, rather than take a silence for an absence. */
function look(seen: Observed): Step | undefined {
  if (!seen.bound || seen.bound.unavailable || seen.task.kind !== 'None') return undefined;
  const now = annotation(seen, Annotation.ReconcileNow);
  const isNew = now !== undefined && now !== seen.vm.status?.handledReconcileNow && now !== seen.remembered.lookedFor;
  if (seen.remote.kind !== 'Unknown' && !isNew) return undefined;
  return heldBack(seen, 'Describe', { kind: 'Describe', at: 'Bound' }) ?? { kind: 'Stalled', verb: 'Describe' };
}

/** Rows 7 and 8: one piece of work at a time. */
function taskRuns(seen: Observed): Step | undefined {
  const { task } = seen;
  // Row 5 lets it pass only because it can be rebound: nobody can be asked about work at a Provider that is not usable.
  if (seen.bound?.unavailable) return undefined;
  switch (task.kind) {
    case 'None':
      return undefined;
    case 'Unheard':
      return (
        heldBack(seen, 'TaskStatus', { kind: 'CheckTask', id: task.id }) ?? { kind: 'Stalled', verb: 'TaskStatus' }
      );
    case 'Ended':
      return { kind: 'SettleTask', task: task.task };
    case 'Running': {
      const mayCancel =
        isDeleting(seen) &&
        task.task.cancellable &&
        task.task.kind !== 'Delete' &&
        seen.remembered.cancelledTask !== task.task.id;
      return mayCancel ? { kind: 'CancelTask', id: task.task.id } : { kind: 'AwaitTask', task: task.task };
    }
  }
}

/** Row 9: always asked for, also when it seems to be gone; the finalizer leaves last. */
function deleting(seen: Observed): Step | undefined {
  if (!isDeleting(seen)) return undefined;
  const elsewhere = deletingElsewhere(seen);
  if (elsewhere) return elsewhere;
  const releaseOnly = isRetained(seen);
  if (seen.remembered.deleteDone) {
    if (seen.bound?.shrunk !== undefined) return { kind: 'WaitForProvider' };
    if (seen.remote.kind === 'Absent' && seen.remote.by === 'Describe') {
      const why = seen.remembered.released ? 'Released' : 'Gone';
      return outstandingCreate(seen) ?? { kind: 'RemoveFinalizer', why };
    }
  }
  const id = operationId(releaseOnly ? 'release' : 'delete', uidOf(seen), {});
  const step: Step = { kind: 'Delete', operationId: id, releaseOnly };
  return heldBack(seen, 'Delete', step, id) ?? { kind: 'Stalled', verb: 'Delete' };
}

/** Where a person has accepted another hypervisor, only what is found there can be deleted there; an absence proves nothing. */
function deletingElsewhere(seen: Observed): Step | undefined {
  if (!isAtAcceptedHypervisor(seen)) return undefined;
  if (seen.remote.kind === 'Absent') return { kind: 'ProviderMismatch' };
  return seen.remote.kind === 'Present' && canRebind(seen) ? { kind: 'Rebind' } : undefined;
}

/** Row 10: the same hypervisor by another way is the same VM; another hypervisor never is. */
function boundElsewhere(seen: Observed): Step | undefined {
  if (!seen.bound || isBoundToNamed(seen)) return undefined;
  if (canRebind(seen) && learnsHypervisor(seen)) return { kind: 'Rebind' };
  const unmade = unmadeWhereBound(seen);
  if (unmade) return unmade;
  if (!canRebind(seen)) return { kind: 'ProviderMismatch' };
  if (seen.candidate?.kind === 'Present') return { kind: 'Rebind' };
  if (seen.candidate?.kind === 'Absent') return { kind: 'ProviderMismatch' };
  return heldBack(seen, 'Describe', { kind: 'Describe', at: 'Named' }) ?? { kind: 'Stalled', verb: 'Describe' };
}

/** What was never made is nowhere: it may be made wherever it is wanted now, once that is the hypervisor's own word. */
function unmadeWhereBound(seen: Observed): Step | undefined {
  const { vm, bound, remote } = seen;
  if (!bound || bound.unavailable || vm.status?.id !== undefined || remote.kind !== 'Absent') return undefined;
  if (bound.shrunk !== undefined) return { kind: 'WaitForProvider' };
  if (remote.by === 'Describe') return outstandingCreate(seen) ?? { kind: 'Unbind' };
  return heldBack(seen, 'Describe', { kind: 'Describe', at: 'Bound' }) ?? { kind: 'Stalled', verb: 'Describe' };
}

/** Row 11: the hypervisor has to do something first. */
function hypervisorWaits(seen: Observed): Step | undefined {
  const why = seen.remote.kind === 'Present' ? whyHypervisorWaits(seen.remote.vm) : undefined;
  return why === undefined ? undefined : { kind: 'WaitForHypervisor', why };
}

/** In words for people; undefined where a mutation can be tried. */
export function whyHypervisorWaits(vm: VirtualMachineState): string | undefined {
  if (vm.question !== '') return `it asks a question: ${vm.question}`;
  switch (vm.connection) {
    case Connection.DISCONNECTED:
      return 'its host is disconnected';
    case Connection.INACCESSIBLE:
      return 'its files are not accessible';
    case Connection.ORPHANED:
      return 'its host no longer knows it';
    case Connection.CONNECTED:
    case Connection.UNSPECIFIED:
      break;
  }
  if (vm.lifecycle === Lifecycle.DELETING) return 'it is being deleted there';
  if (vm.lifecycle !== Lifecycle.CREATING && vm.powerState === PowerState.UNSPECIFIED)
    return 'its power state is not known';
  return vm.transitioning ? 'it is changing it right now' : undefined;
}

/** Row 12: what may not be, is not begun; but whoever wants it off gets it off. */
function invalidOrNotGranted(seen: Observed): Step | undefined {
  if (
    mustBeOff(seen) &&
    seen.remote.kind === 'Present' &&
    seen.remote.vm.lifecycle === Lifecycle.READY &&
    !isPoweredOff(seen.remote.vm)
  ) {
    return undefined;
  }
  if (seen.invalid !== undefined || seen.wanted.problem?.reason === 'InvalidSpec') return { kind: 'InvalidSpec' };
  if (seen.wanted.notGranted !== undefined || !seen.named.granted) return { kind: 'WaitForGrant' };
  return undefined;
}

/** Row 13. */
function noFinalizer(seen: Observed): Step | undefined {
  if (hasFinalizer(seen)) return undefined;
  return heldBack(seen, 'Finalizer', { kind: 'AddFinalizer' }) ?? { kind: 'Stalled', verb: 'Finalizer' };
}
