import { isDeepStrictEqual } from 'node:util';
import { HypervisorError } from '../hypervisor/hypervisor-error.ts';
import type { VmRecord, VolumeRecord } from '../hypervisor/records.ts';
import type { WantedDisk } from './wanted.ts';

/** The disks as they are to be; a part that is left out stays as it is. */
export interface DiskChange {
  readonly root?: WantedDisk;
  /** All data disks: one that is not in here is detached and kept. */
  readonly disks?: readonly WantedDisk[];
}

/** A volume of a disk as it is wanted, complete and attached. */
export function volumeOf(vmId: string, disk: WantedDisk, role: VolumeRecord['role']): VolumeRecord {
  const { name, sizeBytes, provisioning, storage, bus } = disk;
  const format = role === 'seed' ? 'iso' : 'qcow2';
  return { vmId, name, role, sizeBytes, format, provisioning, storage, bus, complete: true, detached: false };
}

/**
 * Which volumes to store so that the VM has the disks that are wanted: grown, added, detached, attached again. What is so already is
 * left out. Pure.
 *
 * @throws `HypervisorError` `DiskShrinks`.
 */
export function volumesToChange(
  vm: VmRecord,
  volumes: readonly VolumeRecord[],
  change: DiskChange,
): readonly VolumeRecord[] {
  const byName = new Map(volumes.map((volume) => [volume.name, volume]));
  const wanted = [...(change.root ? [{ ...change.root, name: 'root' }] : []), ...(change.disks ?? [])];
  const attached = wanted.flatMap((disk) => {
    const known = byName.get(disk.name);
    if (!known) return [volumeOf(vm.id, disk, 'data')];
    requireGrowth(vm, disk, known);
    const { provisioning, storage, bus } = disk;
    const sizeBytes = Math.max(known.sizeBytes, disk.sizeBytes);
    const next = { ...known, detached: false, sizeBytes, provisioning, storage, bus };
    return isDeepStrictEqual(next, known) ? [] : [next];
  });
  const detached = volumes.filter(
    ({ name, role, detached: already }) =>
      change.disks && role === 'data' && !already && !change.disks.some((disk) => disk.name === name),
  );
  return [...attached, ...detached.map((volume) => ({ ...volume, detached: true }))];
}

function requireGrowth(vm: VmRecord, disk: WantedDisk, known: VolumeRecord): void {
  // 0 asks for the image's size, which it has at least.
  if (disk.sizeBytes === 0 || disk.sizeBytes >= known.sizeBytes) return;
  throw new HypervisorError(
    'DiskShrinks',
    `disk ${disk.name} of ${vm.name} has ${known.sizeBytes} bytes and cannot shrink to ${disk.sizeBytes}; ask for at least as many`,
  );
}
