import { Reason, type AdoptRequest, type DescribeResponse, type ServerCall } from '@virtrigaud/grpc-contract/server';
import type { VmState } from '../domain/vm-state.ts';
import { requireExpectedOwner } from '../expected-owner.ts';
import { capabilityMissing, invalidField, ProviderError, vmAbsent } from '../provider-error.ts';
import { readContext, type Runtime } from '../runtime.ts';
import { encodeDescribed } from '../wire/encode-state.ts';
import { duplicateOwner, findOwned, mutate, touch, type Effect } from './mutate.ts';

/**
 * Adopt: the VM of that id, which has no owner or the expected one, becomes the asking owner's. Level-triggered: one that bears the
 * asking owner's stamp already is answered as it is.
 */
export async function adopt(runtime: Runtime, request: AdoptRequest, call: ServerCall): Promise<DescribeResponse> {
  if (!runtime.implementation.adoptVm) throw capabilityMissing('adopt a VM');
  if (request.id === '') throw invalidField('id', 'is missing: a VM is adopted by its id, never by its name');
  if (request.expectedOwnerUid !== '' && request.expectedOwnerUid === request.mutation?.owner?.uid)
    throw invalidField('expected_owner_uid', 'is the asking owner itself');
  const { vm } = await mutate<Adopted>(runtime, call, {
    kind: 'Adopt',
    mutation: request.mutation,
    effect: async (effect) => {
      const owned = await findOwned(runtime, call, effect);
      if (owned) return { vm: requireSameVm(owned, request.id, effect) };
      // Also exclusive for what is adopted: neither its former owner's work nor another adoption may run meanwhile.
      return runtime.works.run<Adopted>(exclusiveFor(request), effect.mutation.operationId, {
        work: async () => ({ vm: await takeOver(runtime, call, { request, effect }) }),
        ended: (taskId) => runtime.tasks.ended(taskId),
      });
    },
  });
  touch(runtime, vm.id, undefined);
  return { vm: encodeDescribed(vm) };
}

interface Adopted {
  readonly vm: VmState;
  readonly task?: undefined;
}

const exclusiveFor = ({ id, expectedOwnerUid }: AdoptRequest) =>
  expectedOwnerUid === '' ? `vm/${id}` : expectedOwnerUid;

function requireSameVm(owned: VmState, id: string, { mutation: { owner } }: Effect): VmState {
  if (owned.id.toLowerCase() === id.toLowerCase()) return owned;
  throw new ProviderError('FailedPrecondition', {
    reason: Reason.DuplicateOwner,
    message: `${owner.namespace}/${owner.name} has VM ${owned.id} ("${owned.name}") already, and cannot have VM ${id}, too`,
  });
}

async function takeOver(
  runtime: Runtime,
  call: ServerCall,
  { request, effect }: { readonly request: AdoptRequest; readonly effect: Effect },
): Promise<VmState> {
  const { implementation } = runtime;
  const { id, expectedOwnerUid } = request;
  const vm = await findVm(runtime, call, { session: effect.session, id });
  requireExpectedOwner(vm, expectedOwnerUid);
  if (expectedOwnerUid !== '') await requireOneCarrier(runtime, call, { session: effect.session, expectedOwnerUid });
  requireWhole(vm);
  effect.context.checkBeforeEffect();
  await implementation.adoptVm?.(effect.session, { vm, expectedOwnerUid }, effect.context);
  const adopted = await findVm(runtime, call, { session: effect.session, id });
  requireExpectedOwner(adopted, effect.mutation.owner.uid);
  return adopted;
}

async function findVm(
  runtime: Runtime,
  call: ServerCall,
  { session, id }: { readonly session: unknown; readonly id: string },
): Promise<VmState> {
  const [vm] = await runtime.implementation.findVms(session, { id }, readContext(runtime, call));
  return vm ?? Promise.reject(vmAbsent(`VM ${id}`));
}

/** Of two carriers of one stamp nobody can say which one is meant. */
async function requireOneCarrier(
  runtime: Runtime,
  call: ServerCall,
  { session, expectedOwnerUid }: { readonly session: unknown; readonly expectedOwnerUid: string },
): Promise<void> {
  const by = { ownerUid: expectedOwnerUid };
  const found = await runtime.implementation.findVms(session, by, readContext(runtime, call));
  const carriers = found.filter(({ owner }) => owner?.uid === expectedOwnerUid);
  if (carriers.length > 1) throw duplicateOwner(`uid ${expectedOwnerUid}`, carriers);
}

/** A half-made VM cannot change hands: only its own Create knows what it still lacks. */
function requireWhole({ id, name, lifecycle = 'Ready' }: VmState): void {
  if (lifecycle === 'Ready') return;
  const words = lifecycle === 'Creating' ? 'was never finished' : 'is being deleted';
  throw new ProviderError('FailedPrecondition', {
    reason: Reason.WrongState,
    message: `VM ${id} ("${name}") ${words}, so nobody can take it over: remove it at the hypervisor, and have a new one made`,
  });
}
