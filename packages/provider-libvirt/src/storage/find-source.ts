import { ErrorCode, isLibvirtCode, type LibvirtApi, type VolumeRef } from '@virtrigaud/libvirt-client';
import { dependencyMissing } from '@virtrigaud/provider-sdk';
import { dirname } from 'node:path/posix';
import { refreshPool, runningPools } from './pool.ts';

/**
 * The volume at a path of libvirt's host. It has to lie in a running pool; a file that was put there outside of libvirt is seen after a
 * refresh. Throws DEPENDENCY_MISSING saying what to do.
 */
export async function findSource(libvirt: LibvirtApi, path: string, signal: AbortSignal): Promise<VolumeRef> {
  const known = await lookup(libvirt, path);
  if (known) return known;
  const pools = await runningPools(libvirt);
  const pool = pools.find((each) => each.path === dirname(path));
  if (!pool) {
    const paths = pools.map((each) => each.path).join(', ') || 'none';
    throw dependencyMissing(
      `SourceNotFound: ${path} is no volume of an active storage pool (their folders: ${paths}); put the image into one of them, or start its pool`,
    );
  }
  await refreshPool(libvirt, pool.ref, signal);
  const found = await lookup(libvirt, path);
  if (!found) throw dependencyMissing(`SourceNotFound: ${path} does not exist in pool "${pool.ref.name}"`);
  return found;
}

async function lookup(libvirt: LibvirtApi, path: string): Promise<VolumeRef | undefined> {
  try {
    return await libvirt.volLookupByPath(path);
  } catch (error) {
    if (isLibvirtCode(error, ErrorCode.noStorageVolume)) return undefined;
    throw error;
  }
}
