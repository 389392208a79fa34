import type { DomainXml, LibvirtApi } from '@virtrigaud/libvirt-client';
import { basename, dirname } from 'node:path/posix';
import type { NamedVolume } from '../identity/stamp.ts';
import { clearDetached } from '../storage/complete-volume.ts';
import { runningPools } from '../storage/pool.ts';

/** Which disks of a definition are settled. */
export interface Settling {
  /** What the next start uses. */
  readonly xml: DomainXml;
  /** Never of one that was just marked as detached: that is attached, too, until the definition without it. */
  readonly isForGood: (volume: NamedVolume) => boolean;
  readonly checkBeforeEffect: () => void;
}

/**
 * What is attached for good goes with its VM, whatever a change that was cut short left in its marker. Answers those volumes. One in a
 * pool that is stopped waits for the next change: at worst, a disk outlives its VM.
 */
export async function settleDisks(
  libvirt: LibvirtApi,
  { xml, isForGood, checkBeforeEffect }: Settling,
): Promise<readonly NamedVolume[]> {
  const pools = await runningPools(libvirt);
  const settled: NamedVolume[] = [];
  for (const file of filesOf(xml)) {
    const pool = pools.find(({ path }) => path === dirname(file));
    const volume = pool && { pool: pool.ref.name, name: basename(file) };
    if (!volume || !isForGood(volume)) continue;
    await clearDetached(libvirt, { pool: pool.ref, name: volume.name, checkBeforeEffect });
    settled.push(volume);
  }
  return settled;
}

const filesOf = (xml: DomainXml): readonly string[] =>
  xml.devices.findAll('disk/source').flatMap((source) => source.attribute('file') ?? []);
