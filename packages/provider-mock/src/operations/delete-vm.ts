import type { MockHypervisor } from '../hypervisor/mock-hypervisor.ts';
import type { VmRecord } from '../hypervisor/records.ts';
import { isOwnedBy, requireOwner } from './effect-guard.ts';
import type { EffectGuard } from './effect-guard.ts';

/** Whose VM goes. */
export interface DeleteCall extends EffectGuard {
  readonly ownerUid: string;
  /** Usually the owner's uid; another where the VM was made by hand. */
  readonly id: string;
}

/**
 * Removes a VM in three durable steps: power it off and mark it, remove its volumes but detached ones and those that it was adopted
 * with, undefine it. The next call goes
 * on where a killed one stopped, and volumes that were left of a VM that is gone are removed all the same. A VM that bears another
 * stamp, or none, is left alone with everything that is its own.
 */
export async function deleteVm(host: MockHypervisor, call: DeleteCall): Promise<void> {
  const { id, ownerUid, signal } = call;
  const vm = await host.vm(id);
  const subject = { id, name: vm?.name };
  await host.reach('delete', subject, signal);
  if (vm && !isOwnedBy(vm, ownerUid)) return;
  if (vm) {
    call.beforeEffect();
    await host.change(id, (current) => {
      requireOwner(current, ownerUid);
      return marked(current);
    });
    await host.pass('delete.mark', subject, signal);
  }
  for (const volume of await host.volumesOf(id)) {
    call.beforeEffect();
    if (!volume.detached && !vm?.stamp?.spared?.includes(volume.name)) await host.removeVolume(id, volume.name);
  }
  await host.pass('delete.volumes', subject, signal);
  call.beforeEffect();
  await host.undefine(id);
  await host.pass('delete.undefine', subject, signal);
}

/** Takes the owner's stamp off and leaves everything else. */
export async function releaseVm(host: MockHypervisor, call: DeleteCall): Promise<void> {
  const { id, ownerUid, signal } = call;
  await host.reach('delete', { id }, signal);
  call.beforeEffect();
  await host.change(id, (vm) => {
    requireOwner(vm, ownerUid);
    const { stamp: _stamp, ...rest } = vm;
    return rest;
  });
  await host.pass('delete.release', { id }, signal);
}

function marked(vm: VmRecord): VmRecord {
  const { live: _live, operation: _operation, offAt: _offAt, bootedAt: _bootedAt, ...rest } = vm;
  return { ...rest, power: 'off', lifecycle: 'deleting' };
}
