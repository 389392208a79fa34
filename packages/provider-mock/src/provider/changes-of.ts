import type { VmChange } from '@virtrigaud/provider-sdk';
import type { VmChanges } from '../operations/reconfigure-vm.ts';
import { diskOf, nicOf, rootOf } from './wanted-of.ts';

/** What a Reconfigure names, in the hypervisor's own words. */
export function changesOf(changes: readonly VmChange[]): VmChanges {
  return changes.map(partOf).reduce<VmChanges>(
    (all, part) => ({
      ...all,
      ...part,
      ...(part.hardware ? { hardware: { ...all.hardware, ...part.hardware } } : {}),
    }),
    {},
  );
}

function partOf(change: VmChange): VmChanges {
  switch (change.kind) {
    case 'Cpus':
      return { hardware: { cpus: change.cpus, maxCpus: change.maxCpus ?? 0 } };
    case 'Memory':
      return { hardware: { memoryBytes: change.memoryBytes, maxMemoryBytes: change.maxMemoryBytes ?? 0 } };
    case 'Root':
      return { root: rootOf(change.root) };
    case 'Disks':
      return { disks: change.disks.map(diskOf) };
    case 'Nics':
      return { nics: change.nics.map(nicOf) };
    case 'Tags':
      return { tags: change.tags };
  }
}
