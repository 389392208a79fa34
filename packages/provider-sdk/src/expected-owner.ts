import { Reason } from '@virtrigaud/grpc-contract/server';
import type { VmState } from './domain/vm-state.ts';
import { ProviderError } from './provider-error.ts';

/**
 * Lets a VM be adopted only from whom it is expected to belong to; a copy, which only looks as if it belonged to somebody, belongs to
 * nobody. Pure.
 *
 * @param expectedOwnerUid - empty: it must bear no owner's stamp.
 * @throws ProviderError OWNER_MISMATCH, which says whose it is.
 */
export function requireExpectedOwner(vm: VmState, expectedOwnerUid: string): void {
  const bears = vm.owner?.uid ?? '';
  if (bears === expectedOwnerUid) return;
  const whose = vm.owner ? `belongs to ${vm.owner.namespace}/${vm.owner.name} (uid ${bears})` : 'bears no stamp';
  const expected = expectedOwnerUid === '' ? 'one that nobody owns' : `one that belongs to uid ${expectedOwnerUid}`;
  throw new ProviderError('FailedPrecondition', {
    reason: Reason.OwnerMismatch,
    message: `VM ${vm.id} ("${vm.name}") ${whose}, not ${expected}: it stays untouched`,
  });
}
