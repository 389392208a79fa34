import type { MockHypervisor } from '../hypervisor/mock-hypervisor.ts';
import type { VmRecord } from '../hypervisor/records.ts';

/**
 * Removes a VM in three durable steps: power it off and mark it, remove its volumes but detached ones, undefine it. The next call goes
 * on where a killed one stopped.
 *
 * @param id - also of a VM that is gone already: volumes that were left behind are removed all the same.
 */
export async function deleteVm(host: MockHypervisor, id: string, signal: AbortSignal): Promise<void> {
  const vm = await host.vm(id);
  const subject = { id, name: vm?.name };
  await host.reach('delete', subject, signal);
  if (vm) {
    await host.change(id, marked);
    await host.pass('delete.mark', subject, signal);
  }
  for (const volume of await host.volumesOf(id)) {
    if (!volume.detached) await host.removeVolume(id, volume.name);
  }
  await host.pass('delete.volumes', subject, signal);
  await host.undefine(id);
  await host.pass('delete.undefine', subject, signal);
}

/** Takes the owner's stamp off and leaves everything else. */
export async function releaseVm(host: MockHypervisor, id: string, signal: AbortSignal): Promise<void> {
  await host.reach('release', { id }, signal);
  await host.change(id, ({ stamp: _stamp, ...vm }) => vm);
  await host.pass('release.done', { id }, signal);
}

function marked(vm: VmRecord): VmRecord {
  const { live: _live, operation: _operation, offAt: _offAt, bootedAt: _bootedAt, ...rest } = vm;
  return { ...rest, power: 'off', lifecycle: 'deleting' };
}
