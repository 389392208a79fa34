import type { LibvirtApi, PoolRef } from '@virtrigaud/libvirt-client';
import { readMarker } from './complete-volume.ts';
import { deleteVolume, runningPools } from './pool.ts';
import { markerNameOf, ownerUidOfVolume } from './volume-names.ts';
import { volumeUses } from './volume-uses.ts';

interface Deleting {
  readonly checkBeforeEffect: () => void;
  /** UUID of the domain that goes with them: its need for them counts for nothing. */
  readonly lastUser?: string | undefined;
}

/**
 * Deletes each volume that was made for a VM, in every running pool, with its marker; but those whose marker says that they were
 * detached, and those that somebody needs: a VM that was released, a copy, a VM that a person gave the disk to, an overlay. A volume of
 * another name is never touched. The volume goes first: a marker alone is found and removed the next time.
 */
export async function deleteVolumesOf(
  libvirt: LibvirtApi,
  ownerUid: string,
  { checkBeforeEffect, lastUser }: Deleting,
): Promise<void> {
  for (const { ref, path } of await runningPools(libvirt)) {
    const volumes = await volumesIn(libvirt, ref, ownerUid);
    if (volumes.length === 0) continue;
    const uses = (await volumeUses(libvirt)).filter(({ domain }) => domain === undefined || domain !== lastUser);
    const needed = new Set(uses.map((use) => use.path));
    for (const volume of volumes) {
      const marker = await readMarker(libvirt, ref, volume);
      if (marker?.detached || needed.has(`${path}/${volume}`)) continue;
      checkBeforeEffect();
      await deleteVolume(libvirt, ref, volume);
      await deleteVolume(libvirt, ref, markerNameOf(volume));
    }
  }
}

/** Names of a VM's volumes in a pool, whether the volume, its marker or both are there. */
async function volumesIn(libvirt: LibvirtApi, pool: PoolRef, ownerUid: string): Promise<readonly string[]> {
  const names = (await libvirt.poolListAllVolumes(pool))
    .map(({ name }) => name)
    .filter((name) => ownerUidOfVolume(name) === ownerUid)
    .map((name) => name.replace(/\.ok$/, ''));
  return [...new Set(names)];
}
