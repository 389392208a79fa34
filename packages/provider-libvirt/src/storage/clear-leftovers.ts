import type { LibvirtApi } from '@virtrigaud/libvirt-client';
import type { NamedVolume } from '../identity/stamp.ts';
import { readMarker } from './complete-volume.ts';
import { deleteVolume, findVolume, runningPools } from './pool.ts';
import { markerNameOf } from './volume-names.ts';
import { volumeUses } from './volume-uses.ts';

/** Whether a volume is among those. */
export const includesVolume = (volumes: readonly NamedVolume[], { pool, name }: NamedVolume): boolean =>
  volumes.some((each) => each.pool === pool && each.name === name);

/**
 * Removes what an operation had begun to make and nobody wants any more. Only what is half-made goes: no VM has ever had it. A complete
 * volume may hold data, and one that somebody needs has lost its marker: they stay, and no longer count as being made. Answers those in
 * pools that are not running: they could not be looked at.
 */
export async function clearLeftovers(
  libvirt: LibvirtApi,
  leftovers: readonly NamedVolume[],
  checkBeforeEffect: () => void,
): Promise<readonly NamedVolume[]> {
  if (leftovers.length === 0) return [];
  const pools = await runningPools(libvirt);
  const needed = new Set((await volumeUses(libvirt)).map(({ path }) => path));
  const unseen: NamedVolume[] = [];
  for (const leftover of leftovers) {
    const pool = pools.find(({ ref }) => ref.name === leftover.pool);
    if (!pool) {
      unseen.push(leftover);
      continue;
    }
    const { name } = leftover;
    const volume = await findVolume(libvirt, pool.ref, name);
    if (!volume || needed.has(volume.key) || (await readMarker(libvirt, pool.ref, name))) continue;
    checkBeforeEffect();
    // Never the other way round: a marker without its volume says nothing, a volume without its marker is half-made.
    await deleteVolume(libvirt, pool.ref, name);
    await deleteVolume(libvirt, pool.ref, markerNameOf(name));
  }
  return unseen;
}
