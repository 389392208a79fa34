import {
  DomainXml,
  DomainXmlFlag,
  ErrorCode,
  isLibvirtCode,
  LibvirtError,
  XmlElement,
  type DomainRef,
  type LibvirtApi,
  type VolumeRef,
} from '@virtrigaud/libvirt-client';
import { runningPools } from './pool.ts';

/** Somebody's need for a file of a pool. */
export interface VolumeUse {
  readonly path: string;
  /** Who needs it, for people. */
  readonly by: string;
  /** UUID of the domain that needs it; undefined: a volume is based on it. */
  readonly domain: string | undefined;
}

/** Asked at once: as many as libvirt serves on one connection. */
const BATCH = 4;

/**
 * Every file that a domain has as a disk, running or configured, with all that the disk is based on, and every file that a volume of a
 * running pool is based on. Whoever deletes a volume asks here first: a name of ours does not prove that nobody else came to need it.
 */
export async function volumeUses(libvirt: LibvirtApi): Promise<readonly VolumeUse[]> {
  const pools = await runningPools(libvirt);
  const folders = new Map(pools.map(({ ref, path }) => [ref.name, path]));
  const domains = await libvirt.listAllDomains();
  const ofDomains = await inBatches(domains, (domain) => usesOfDomain(libvirt, domain, folders));
  const volumes = (await Promise.all(pools.map(({ ref }) => libvirt.poolListAllVolumes(ref)))).flat();
  const disks = volumes.filter(({ name }) => !name.endsWith('.ok'));
  return [...ofDomains, ...(await inBatches(disks, (volume) => usesOfVolume(libvirt, volume)))];
}

async function usesOfDomain(
  libvirt: LibvirtApi,
  domain: DomainRef,
  folders: ReadonlyMap<string, string>,
): Promise<readonly VolumeUse[]> {
  try {
    const forms = await Promise.all([
      libvirt.domainGetXmlDesc(domain),
      libvirt.domainGetXmlDesc(domain, { flags: DomainXmlFlag.inactive }),
    ]);
    const paths = new Set(forms.flatMap((xml) => filesOf(DomainXml.parse(xml), folders)));
    return [...paths].map((path) => ({ path, by: `VM ${domain.uuid} ("${domain.name}")`, domain: domain.uuid }));
  } catch (error) {
    if (isLibvirtCode(error, ErrorCode.noDomain)) return [];
    throw error;
  }
}

function filesOf({ devices }: DomainXml, folders: ReadonlyMap<string, string>): readonly string[] {
  const sources = devices.findAll('disk').flatMap(sourcesOf);
  return sources
    .map((source) => {
      const folder = folders.get(source.attribute('pool') ?? '');
      const volume = source.attribute('volume');
      return folder !== undefined && volume !== undefined ? `${folder}/${volume}` : source.attribute('file');
    })
    .filter((path) => path !== undefined);
}

/** Where a disk lies, where what it is based on lies, and so on; where it is mirrored to, too. */
function sourcesOf(element: XmlElement): readonly XmlElement[] {
  const deeper = ['backingStore', 'mirror'].flatMap((name) => element.findAll(name).flatMap(sourcesOf));
  return [...element.findAll('source'), ...deeper];
}

async function usesOfVolume(libvirt: LibvirtApi, volume: VolumeRef): Promise<readonly VolumeUse[]> {
  try {
    const path = XmlElement.parse(await libvirt.volGetXmlDesc(volume)).textAt('backingStore/path');
    return path === undefined ? [] : [{ path, by: `volume ${volume.key}`, domain: undefined }];
  } catch (error) {
    // What libvirt itself cannot read any more needs nothing; that it could not be asked is no answer.
    if (error instanceof LibvirtError && error.kind === 'libvirt') return [];
    throw error;
  }
}

async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<readonly R[]>): Promise<readonly R[]> {
  const found: R[] = [];
  for (let at = 0; at < items.length; at += BATCH) {
    found.push(...(await Promise.all(items.slice(at, at + BATCH).map(work))).flat());
  }
  return found;
}
