import {
  createLibvirtSession,
  ErrorCode,
  isLibvirtCode,
  poolXml,
  XmlElement,
  type DomainRef,
  type LibvirtSession,
  type PoolRef,
} from '@virtrigaud/libvirt-client';
import { randomBytes, randomUUID } from 'node:crypto';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const ALL_THAT_HOLDS = 1 | 2 | 4 | 16;
/** Where libvirt's QEMU may read; a temporary folder may lie below one that it cannot enter. */
const IMAGES = '/var/lib/libvirt/images';

/** A pool and a network of a run's own, and a way behind the provider's back. */
export interface Lab {
  readonly libvirt: LibvirtSession;
  readonly pool: string;
  readonly poolRef: PoolRef;
  readonly poolPath: string;
  readonly network: string;
  /** The guest's image, a person's file in the pool. */
  readonly imagePath: string;
  /** A namespace that no other run has: names on the hypervisor begin with it. */
  readonly namespace: string;
  /** A new owner uid; what is made for it is removed at the end. */
  newUid(): string;
  domain(uuid: string): Promise<DomainRef | undefined>;
  /** Names of the pool's volumes, as its folder shows them now. */
  volumes(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Makes a lab. `close` removes all that bears its names and uids, and nothing else. */
export async function openLab(guestImage: string): Promise<Lab> {
  const id = randomBytes(3).toString('hex');
  const name = `vrtest-${id}`;
  const poolPath = join(IMAGES, name);
  const uids: string[] = [];
  const libvirt = createLibvirtSession({ uri: 'qemu:///system' });
  await libvirt.whenConnected();
  await mkdir(poolPath, { mode: 0o711 });
  const imagePath = join(poolPath, 'guest.qcow2');
  await copyFile(guestImage, imagePath);
  const poolRef = await libvirt.poolDefineXml(poolXml({ name, path: poolPath }));
  await libvirt.poolCreate(poolRef);
  const network = await defineNetwork(libvirt, name);

  const domain = (uuid: string) => absentIs(ErrorCode.noDomain, () => libvirt.domainLookupByUuid(uuid));
  return {
    libvirt,
    pool: name,
    poolRef,
    poolPath,
    network: name,
    imagePath,
    namespace: name,
    newUid: () => {
      const uid = randomUUID();
      uids.push(uid);
      return uid;
    },
    domain,
    volumes: async () => {
      await libvirt.poolRefresh(poolRef);
      return (await libvirt.poolListAllVolumes(poolRef)).map((volume) => volume.name).sort();
    },
    close: async () => {
      for (const uid of uids) await remove(libvirt, await domain(uid));
      await libvirt.poolDestroy(poolRef);
      await libvirt.poolUndefine(poolRef);
      await libvirt.networkDestroy(network);
      await libvirt.networkUndefine(network);
      await libvirt.close();
      await rm(poolPath, { recursive: true });
    },
  };
}

/** Removes a domain of a test, whatever became of it. */
export async function remove(libvirt: LibvirtSession, domain: DomainRef | undefined): Promise<void> {
  if (!domain) return;
  if (domain.id !== -1) await absentIs(ErrorCode.operationInvalid, () => libvirt.domainDestroy(domain));
  await absentIs(ErrorCode.noDomain, () => libvirt.domainUndefine(domain, { flags: ALL_THAT_HOLDS }));
}

/** A network without a way out, on a /24 that nothing else of this host has. */
async function defineNetwork(libvirt: LibvirtSession, name: string) {
  for (let third = 0; ; third += 1) {
    const subnet = `10.231.${String(third)}`;
    const network = XmlElement.create('network');
    network.append('name', { text: name });
    network.append('bridge', { attributes: { delay: 0 } });
    const ip = network.append('ip', { attributes: { address: `${subnet}.1`, netmask: '255.255.255.0' } });
    ip.append('dhcp').append('range', { attributes: { start: `${subnet}.10`, end: `${subnet}.200` } });
    const ref = await libvirt.networkDefineXml(network.toString());
    try {
      await libvirt.networkCreate(ref);
      return ref;
    } catch (error) {
      await libvirt.networkUndefine(ref);
      // Another run has it.
      if (!isLibvirtCode(error, ErrorCode.internal) || third === 50) throw error;
    }
  }
}

async function absentIs<T>(code: number, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isLibvirtCode(error, code)) return undefined;
    throw error;
  }
}
