import { HypervisorError } from '../hypervisor/hypervisor-error.ts';
import type { Hardware, VmRecord } from '../hypervisor/records.ts';

/** What no running VM can change, not even for its next start: its boot depends on it. */
const fixedWhileOn = [
  'firmware',
  'secureBoot',
  'tpm',
  'nestedVirtualization',
] as const satisfies readonly (keyof Hardware)[];

/**
 * A VM with changed hardware; what `change` leaves out stays. On a running VM, CPUs and memory grow at once up to their ceilings; what
 * cannot takes effect at the next start. Pure.
 *
 * @throws `HypervisorError` `WrongState` for firmware and its like on a VM that is not off.
 */
export function resized(vm: VmRecord, change: Partial<Hardware>): VmRecord {
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
