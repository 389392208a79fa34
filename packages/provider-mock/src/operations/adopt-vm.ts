import { HypervisorError } from '../hypervisor/hypervisor-error.ts';
import type { MockHypervisor } from '../hypervisor/mock-hypervisor.ts';
import type { OwnerStamp, VmRecord } from '../hypervisor/records.ts';
import { isOwnedBy } from './effect-guard.ts';
import type { EffectGuard } from './effect-guard.ts';

/** Which VM changes hands, and from whom to whom. */
export interface AdoptCall extends EffectGuard {
  readonly id: string;
  readonly owner: OwnerStamp;
  /** Empty: nobody's. */
  readonly expectedOwnerUid: string;
}

/**
 * Puts the new owner's stamp on a VM in place of the expected one, in one step. What nobody of ours had made of it, the stamp names,
 * so that deleting it spares that.
 *
 * @throws `HypervisorError` `NoSuchVm`, `NotOwner`.
 */
export async function adoptVm(host: MockHypervisor, call: AdoptCall): Promise<void> {
  const { id, owner, expectedOwnerUid, signal } = call;
  const subject = { id, name: (await host.vm(id))?.name };
  await host.reach('adopt', subject, signal);
  const found = (await host.volumesOf(id)).map(({ name }) => name);
  call.beforeEffect();
  await host.change(id, (vm) => {
    if (isOwnedBy(vm, owner.uid)) return vm;
    requireExpected(vm, expectedOwnerUid);
    const spared = expectedOwnerUid === '' ? found : (vm.stamp?.spared ?? []);
    return { ...vm, stamp: { carrier: vm.id, owner, ...(spared.length > 0 ? { spared } : {}) } };
  });
  await host.pass('adopt.stamp', subject, signal);
}

function requireExpected(vm: VmRecord, expectedOwnerUid: string): void {
  // The stamp of another carrier came along with a copy: it owns nothing.
  const bears = vm.stamp?.carrier === vm.id ? vm.stamp.owner.uid : '';
  if (bears === expectedOwnerUid) return;
  throw new HypervisorError(
    'NotOwner',
    `the VM ${vm.name} (${vm.id}) belongs to ${bears || 'nobody'}, not to ${expectedOwnerUid || 'nobody'}; it stays untouched`,
  );
}
