import { Lifecycle } from '@virtrigaud/grpc-contract/client';
import { operationId } from './desired/identity.ts';
import { heldBack, isRefused, outstandingCreate } from './held-back.ts';
import type { DependencyProblem, Observed } from './observed.ts';
import type { Step } from './step.ts';
import { isAdopting } from './take-over.ts';

/** Rows 14 to 17: from nothing to a VM that is READY, where it is bound and nowhere else. */
export function planCreation(seen: Observed): Step | undefined {
  const { bound, remote } = seen;
  const wasReady = seen.vm.status?.id !== undefined;
  const isCreating = remote.kind === 'Present' && remote.vm.lifecycle === Lifecycle.CREATING;
  const isAbsent = bound !== undefined && remote.kind === 'Absent';
  const recreate = seen.vm.spec.vanishedPolicy === 'Recreate';

  if (isAbsent && bound.shrunk !== undefined) return { kind: 'WaitForProvider' };
  if (isAbsent && wasReady && !recreate) return { kind: 'Vanished' };
  // Only the hypervisor's own latest word makes a second VM thinkable.
  if (isAbsent && wasReady && remote.by !== 'Describe') return { kind: 'Describe', at: 'Bound' };

  const createIsNext = isCreating || isAbsent;
  if (bound && !createIsNext) return undefined;

  if (isAbsent && !wasReady && isTakeOverChanged(seen)) return unbindAfterALook(seen);

  const verb = isAdopting(seen) ? 'Adopt' : 'Create';
  const id = createOperationId(seen);
  if (isAbsent && !wasReady && remote.by === 'Describe' && mustUnbind(seen, id))
    return outstandingCreate(seen) ?? { kind: 'Unbind' };
  if (isRefused(seen, seen.remembered.attempts[verb], id)) return { kind: 'Stalled', verb };
  if (creationProblem(seen) || id === undefined) return { kind: 'WaitForDependency' };
  if (!bound) return { kind: 'Bind' };
  const step: Step =
    verb === 'Adopt'
      ? { kind: verb, operationId: id, ownerUid: seen.takeOver?.uid ?? '' }
      : { kind: verb, operationId: id };
  return heldBack(seen, verb, step, id) ?? { kind: 'Stalled', verb };
}

/** What the machine waits for; one that is taken over needs nothing of what it was made from. */
export function creationProblem(seen: Observed): DependencyProblem | undefined {
  return isAdopting(seen) ? seen.takeOver?.problem : seen.wanted.problem;
}

/** The operation id of the Create, or Adopt, that would be sent now; undefined while it cannot be composed. */
export function createOperationId(seen: Observed): string | undefined {
  const uid = seen.vm.metadata.uid ?? '';
  if (isAdopting(seen)) return operationId('adopt', uid, seen.takeOver?.uid ?? '');
  return (
    seen.wanted.creation && operationId('create', uid, { spec: seen.wanted.creation, power: seen.vm.spec.powerState })
  );
}

/** What it is to be was written with the binding; a person has thought better of it since. */
const isTakeOverChanged = ({ vm, takeOver }: Observed): boolean => vm.status?.binding?.takeOver !== takeOver?.uid;

function unbindAfterALook(seen: Observed): Step {
  if (seen.remote.kind === 'Absent' && seen.remote.by === 'Describe')
    return outstandingCreate(seen) ?? { kind: 'Unbind' };
  return heldBack(seen, 'Describe', { kind: 'Describe', at: 'Bound' }) ?? { kind: 'Stalled', verb: 'Describe' };
}

/** Nothing was made, and it was refused or edited since: let all fields be corrected again. */
function mustUnbind(seen: Observed, id: string | undefined): boolean {
  const edited = seen.vm.status?.binding?.generation !== seen.vm.metadata.generation;
  const refused = (['Create', 'Adopt'] as const).some((verb) => isRefused(seen, seen.remembered.attempts[verb], id));
  return edited || refused;
}
