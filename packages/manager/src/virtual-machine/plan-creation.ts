import { Annotation } from '@virtrigaud/api-types';
import { Lifecycle } from '@virtrigaud/grpc-contract/client';
import { operationId } from './desired/identity.ts';
import { heldBack, isRefused, outstandingCreate } from './held-back.ts';
import type { Observed } from './observed.ts';
import type { Step } from './step.ts';

/** Rows 14 to 17: from nothing to a VM that is READY, where it is bound and nowhere else. */
export function planCreation(seen: Observed): Step | undefined {
  const { bound, remote, wanted } = seen;
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

  const takeOver = seen.vm.metadata.annotations?.[Annotation.TakeOver];
  const id = createOperationId(seen);
  const attempt = seen.remembered.attempts[takeOver ? 'Adopt' : 'Create'];
  if (isAbsent && !wasReady && remote.by === 'Describe' && mustUnbind(seen, id))
    return outstandingCreate(seen) ?? { kind: 'Unbind' };
  if (isRefused(seen, attempt, id)) return { kind: 'Stalled', verb: takeOver ? 'Adopt' : 'Create' };
  if (wanted.problem || !wanted.creation || id === undefined) return { kind: 'WaitForDependency' };
  if (!bound) return { kind: 'Bind' };
  if (takeOver && isAbsent) {
    const adopt: Step = { kind: 'Adopt', operationId: id, ownerUid: takeOver };
    return heldBack(seen, 'Adopt', adopt, id) ?? { kind: 'Stalled', verb: 'Adopt' };
  }
  return heldBack(seen, 'Create', { kind: 'Create', operationId: id }, id) ?? { kind: 'Stalled', verb: 'Create' };
}

/** The operation id of the Create, or Adopt, that would be sent now; undefined while it cannot be composed. */
export function createOperationId(seen: Observed): string | undefined {
  const uid = seen.vm.metadata.uid ?? '';
  const takeOver = seen.vm.metadata.annotations?.[Annotation.TakeOver];
  if (takeOver) return operationId('adopt', uid, takeOver);
  return (
    seen.wanted.creation && operationId('create', uid, { spec: seen.wanted.creation, power: seen.vm.spec.powerState })
  );
}

/** Nothing was made, and it was refused or edited since: let all fields be corrected again. */
function mustUnbind(seen: Observed, id: string | undefined): boolean {
  const edited = seen.vm.status?.binding?.generation !== seen.vm.metadata.generation;
  const refused = (['Create', 'Adopt'] as const).some((verb) => isRefused(seen, seen.remembered.attempts[verb], id));
  return edited || refused;
}
