import { HypervisorError } from '../hypervisor/hypervisor-error.ts';
import type { MockHypervisor } from '../hypervisor/mock-hypervisor.ts';
import type { VmRecord, VolumeRecord } from '../hypervisor/records.ts';
import { volumeOf } from './create-vm.ts';
import type { WantedDisk } from './wanted.ts';

/** The disks as they are to be; a part that is left out stays as it is. */
export interface DiskChange {
  readonly root?: WantedDisk;
  /** All data disks: one that is not in here is detached and kept. */
  readonly disks?: readonly WantedDisk[];
  readonly signal: AbortSignal;
}

/**
 * Grows, adds, detaches and attaches again, while the VM is on, too.
 *
 * @throws `HypervisorError` `DiskShrinks`, with nothing changed; `NoSpace`.
 */
export async function changeDisks(host: MockHypervisor, vm: VmRecord, change: DiskChange): Promise<void> {
  await host.reach('reconfigure', vm, change.signal);
  const volumes = new Map((await host.volumesOf(vm.id)).map((volume) => [volume.name, volume]));
  const wanted = [
    ...(change.root ? [{ ...change.root, name: rootNameOf(volumes, change.root) }] : []),
    ...(change.disks ?? []),
  ];
  for (const disk of wanted) requireGrowth(vm, disk, volumes.get(disk.name));

  for (const disk of wanted) {
    const known = volumes.get(disk.name);
    await host.putVolume(
      known
        ? { ...known, detached: false, sizeBytes: Math.max(known.sizeBytes, disk.sizeBytes) }
        : volumeOf(vm.id, disk, 'data'),
    );
  }
  if (change.disks) {
    for (const volume of volumes.values()) {
      const kept = volume.role !== 'data' || change.disks.some(({ name }) => name === volume.name);
      if (!kept && !volume.detached) await host.putVolume({ ...volume, detached: true });
    }
  }
  await host.pass('reconfigure.disks', vm, change.signal);
}

function rootNameOf(volumes: ReadonlyMap<string, VolumeRecord>, root: WantedDisk): string {
  return [...volumes.values()].find(({ role }) => role === 'root')?.name ?? root.name;
}

function requireGrowth(vm: VmRecord, disk: WantedDisk, known: VolumeRecord | undefined): void {
  if (!known || disk.sizeBytes === 0 || disk.sizeBytes >= known.sizeBytes) return;
  throw new HypervisorError(
    'DiskShrinks',
    `disk ${disk.name} of ${vm.name} has ${known.sizeBytes} bytes and cannot shrink to ${disk.sizeBytes}; ask for at least as many`,
  );
}
