import type { MockHypervisor } from '../hypervisor/mock-hypervisor.ts';
import type { Hardware, VmRecord } from '../hypervisor/records.ts';
import { volumesToChange } from './disks.ts';
import type { DiskChange } from './disks.ts';
import { requireOwner } from './effect-guard.ts';
import type { EffectGuard } from './effect-guard.ts';
import { withNicsOf } from './nics.ts';
import { resized } from './resize-vm.ts';
import type { WantedNic } from './wanted.ts';

/** What of a VM to change; what is left out stays as it is. */
export interface VmChanges extends DiskChange {
  readonly hardware?: Partial<Hardware>;
  /** All NICs, in order. */
  readonly nics?: readonly WantedNic[];
  /** All tags. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Which VM, whose, and how far to go. */
export interface ReconfigureCall extends EffectGuard {
  readonly id: string;
  readonly ownerUid: string;
  /** Only check what can be checked beforehand. */
  readonly validateOnly: boolean;
}

/**
 * Changes a VM: disks one by one, each a durable step, then everything else in one. All that can be refused is refused before the first
 * effect, but for space.
 *
 * @throws `HypervisorError` `NoSuchVm`, `NotOwner`, `DiskShrinks`, `NoSuchNetwork`, `WrongState`, `NoSpace`.
 */
export async function reconfigureVm(host: MockHypervisor, changes: VmChanges, call: ReconfigureCall): Promise<void> {
  const { id, ownerUid, signal } = call;
  const vm = await host.vm(id);
  await host.reach('reconfigure', { id, name: vm?.name }, signal);
  const nics = changes.nics && (await withNicsOf(host, id, changes.nics));
  const next = (current: VmRecord): VmRecord => {
    requireOwner(current, ownerUid);
    const { hardware = {}, tags = current.tags } = changes;
    return { ...resized(current, hardware), nics: nics ?? current.nics, tags };
  };
  if (vm) next(vm);
  const volumes = vm ? volumesToChange(vm, await host.volumesOf(id), changes) : [];
  if (call.validateOnly) return;

  for (const volume of volumes) {
    call.beforeEffect();
    await host.putVolume(volume);
    await host.pass('reconfigure.disk', { id, name: vm?.name }, signal);
  }
  call.beforeEffect();
  await host.change(id, next);
  await host.pass('reconfigure.done', { id, name: vm?.name }, signal);
}
