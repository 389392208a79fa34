import { HypervisorError } from '../hypervisor/hypervisor-error.ts';
import type { MockHypervisor } from '../hypervisor/mock-hypervisor.ts';
import type { Hardware, VmRecord } from '../hypervisor/records.ts';

/** What of a VM's hardware to change; what is left out stays. */
export type HardwareChange = Partial<Hardware>;

/** What no running VM can change, not even for its next start: its boot depends on it. */
export const fixedWhileOn = [
  'firmware',
  'secureBoot',
  'tpm',
  'nestedVirtualization',
] as const satisfies readonly (keyof Hardware)[];

/**
 * Changes hardware. On a running VM, CPUs and memory grow at once up to their ceilings; what cannot takes effect at the next start.
 *
 * @throws `HypervisorError` `WrongState`, with nothing changed, for firmware and its like on a VM that is not off.
 */
export async function resizeVm(
  host: MockHypervisor,
  vm: VmRecord,
  { change, signal }: { readonly change: HardwareChange; readonly signal: AbortSignal },
): Promise<VmRecord> {
  await host.reach('reconfigure', vm, signal);
  const resized = await host.change(vm.id, (current) => resizedTo(current, change));
  await host.pass('reconfigure.hardware', vm, signal);
  return resized;
}

function resizedTo(vm: VmRecord, change: HardwareChange): VmRecord {
  const configured = { ...vm.configured, ...change };
  const { live } = vm;
  if (!live) return { ...vm, configured };
  const refused = fixedWhileOn.filter((key) => configured[key] !== live[key]);
  if (refused.length > 0) {
    throw new HypervisorError(
      'WrongState',
      `${vm.name} is ${vm.power}: ${refused.join(', ')} can only be changed while it is off`,
    );
  }
  return {
    ...vm,
    configured,
    live: {
      ...live,
      limits: configured.limits,
      cpus: grown(live.cpus, configured.cpus, live.maxCpus),
      memoryBytes: grown(live.memoryBytes, configured.memoryBytes, live.maxMemoryBytes),
    },
  };
}

function grown(now: number, wanted: number, ceiling: number): number {
  return wanted > now && wanted <= ceiling ? wanted : now;
}
