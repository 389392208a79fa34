import { HypervisorError } from '../hypervisor/hypervisor-error.ts';
import type { VmRecord } from '../hypervisor/records.ts';

/** What each operation is given, so that it stops in time. */
export interface EffectGuard {
  readonly signal: AbortSignal;
  /** Throws when the caller is gone or no longer entitled; called before each effect. */
  beforeEffect(): void;
}

/**
 * Checks, inside the step that changes it, that a VM is still its owner's.
 *
 * @throws `HypervisorError` `NotOwner`.
 */
export function requireOwner(vm: VmRecord, ownerUid: string): void {
  if (isOwnedBy(vm, ownerUid)) return;
  throw new HypervisorError(
    'NotOwner',
    `the VM ${vm.name} (${vm.id}) does not belong to ${ownerUid}; it stays untouched`,
  );
}

/** Whether a VM bears that owner's stamp, and the stamp is its own and not a copied one. */
export function isOwnedBy(vm: VmRecord, ownerUid: string): boolean {
  return vm.stamp?.owner.uid === ownerUid && vm.stamp.carrier === vm.id;
}
