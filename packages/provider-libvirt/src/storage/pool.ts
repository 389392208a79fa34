import {
  ErrorCode,
  isLibvirtCode,
  ListPoolsFlag,
  XmlElement,
  type LibvirtApi,
  type PoolRef,
  type VolumeRef,
} from '@virtrigaud/libvirt-client';
import { dependencyMissing } from '@virtrigaud/provider-sdk';

/** A running pool that keeps volumes as files. */
export interface Pool {
  readonly ref: PoolRef;
  /** Directory on libvirt's host. */
  readonly path: string;
}

/** libvirt refuses to refresh a pool while a copy runs in it. */
const REFRESH_TRIES = 20;
const REFRESH_PAUSE_MS = 250;

/** Finds a running pool. Pools are never created, started or changed. Throws DEPENDENCY_MISSING, saying what to do. */
export async function requirePool(libvirt: LibvirtApi, name: string): Promise<Pool> {
  const running = await runningPools(libvirt);
  const pool = running.find(({ ref }) => ref.name === name);
  if (pool) return pool;
  const names = running.map(({ ref }) => ref.name).join(', ') || 'none';
  throw dependencyMissing(
    `storage pool "${name}" is not there or not active at libvirt (active: ${names}); start it (virsh pool-start ${name}), or name another in spec.placement.datastore or the Provider's spec.defaults.datastore`,
  );
}

/** Every running pool with a directory. */
export async function runningPools(libvirt: LibvirtApi): Promise<readonly Pool[]> {
  const refs = await libvirt.listAllStoragePools({ flags: ListPoolsFlag.active });
  const pools = await Promise.all(refs.map((ref) => describePool(libvirt, ref)));
  return pools.filter((pool) => pool !== undefined);
}

async function describePool(libvirt: LibvirtApi, ref: PoolRef): Promise<Pool | undefined> {
  try {
    const path = XmlElement.parse(await libvirt.poolGetXmlDesc(ref)).textAt('target/path');
    return path === undefined ? undefined : { ref, path };
  } catch (error) {
    if (isLibvirtCode(error, ErrorCode.noStoragePool)) return undefined;
    throw error;
  }
}

/** The volume of that name, `undefined` when the pool has none. */
export async function findVolume(libvirt: LibvirtApi, pool: PoolRef, name: string): Promise<VolumeRef | undefined> {
  try {
    return await libvirt.volLookupByName(pool, name);
  } catch (error) {
    if (isLibvirtCode(error, ErrorCode.noStorageVolume)) return undefined;
    throw error;
  }
}

/** Deletes a volume; one that is not there is deleted. */
export async function deleteVolume(libvirt: LibvirtApi, pool: PoolRef, name: string): Promise<void> {
  const volume = await findVolume(libvirt, pool, name);
  if (!volume) return;
  try {
    await libvirt.volDelete(volume);
  } catch (error) {
    if (!isLibvirtCode(error, ErrorCode.noStorageVolume)) throw error;
  }
}

/** Makes libvirt look at the pool's directory again; waits while copies keep it from that. */
export async function refreshPool(libvirt: LibvirtApi, pool: PoolRef, signal?: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await libvirt.poolRefresh(pool, { signal });
      return;
    } catch (error) {
      const copying = isLibvirtCode(error, ErrorCode.internal) && /asynchronous jobs/.test(error.message);
      if (!copying || attempt === REFRESH_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, REFRESH_PAUSE_MS));
    }
  }
}
