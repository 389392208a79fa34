import { readdir } from 'node:fs/promises';
import {
  DomainXml,
  ErrorCode,
  isLibvirtCode,
  type DomainRef,
  type LibvirtApi,
  type XmlElement,
} from '@virtrigaud/libvirt-client';
import type { Machine } from '../checker/truth.ts';
import type { HypervisorName } from '../scenario/scenario.ts';

const stampNamespace = 'https://virtrigaud.io/libvirt/1';
const volumeName = /^vr-([0-9a-f-]{36})-(root|seed|disk-(.+?))\.(?:qcow2|iso)(?:\.ok)?$/;
const shutOff = 5;
const inactive = 2;

/** All machines of one libvirt as it has them, read with no code of the provider's, and the volumes that nobody has. */
export async function readLibvirt(
  hypervisor: HypervisorName,
  { libvirt, volumesPath }: { readonly libvirt: LibvirtApi; readonly volumesPath: string },
): Promise<{ readonly machines: readonly Machine[]; readonly leftovers: readonly string[] }> {
  const machines: Machine[] = [];
  const owners = new Set<string>();
  for (const domain of await libvirt.listAllDomains()) {
    const machine = await readMachine(hypervisor, libvirt, domain).catch(unlessGone);
    // Deleted while it was read.
    if (!machine) continue;
    machines.push(machine);
    owners.add(machine.owner ?? '');
  }
  // The folder itself: libvirt does not look at it again while a copy runs in the pool.
  const names = await readdir(volumesPath);
  // A data disk that was detached stays in the pool on purpose, and looks like any other.
  const isLeft = (name: string) => {
    const [, uid, , disk] = volumeName.exec(name) ?? [];
    return uid !== undefined && disk === undefined && !owners.has(uid);
  };
  return { machines, leftovers: names.filter(isLeft).map((name) => `${hypervisor}: ${name}`) };
}

async function readMachine(hypervisor: HypervisorName, libvirt: LibvirtApi, domain: DomainRef): Promise<Machine> {
  const { state } = await libvirt.domainGetState(domain);
  const xml = DomainXml.parse(await libvirt.domainGetXmlDesc(domain, { flags: inactive }));
  const stamp = xml.findMetadata(stampNamespace, 'vm');
  const memory = xml.root.find('currentMemory') ?? xml.root.find('memory');
  const disks: Record<string, number> = {};
  for (const disk of xml.devices.findAll("disk[@device='disk']")) {
    const path = disk.attributeAt('source', 'file') ?? '';
    const [, , , name] = volumeName.exec(path.slice(path.lastIndexOf('/') + 1)) ?? [];
    if (name !== undefined) disks[name] = await sizeOf(libvirt, path);
  }
  return {
    hypervisor,
    id: domain.uuid,
    name: domain.name,
    owner: stamp && childrenOf(stamp, 'owner')[0]?.attribute('uid'),
    carrier: stamp?.attribute('carrier'),
    isWhole: stamp !== undefined && childrenOf(stamp, 'op').length === 0,
    power: state === shutOff ? 'Off' : 'On',
    cpus: Number(xml.root.find('vcpu')?.text ?? 0),
    memoryBytes: Number(memory?.text ?? 0) * 1024,
    tags: stamp
      ? childrenOf(stamp, 'tag')
          .map((tag) => tag.attribute('name') ?? '')
          .sort()
      : [],
    disks,
    birth: undefined,
  };
}

function unlessGone(error: unknown): undefined {
  if (!isLibvirtCode(error, ErrorCode.noDomain)) throw error;
}

async function sizeOf(libvirt: LibvirtApi, path: string): Promise<number> {
  const volume = await libvirt.volLookupByPath(path).catch(() => undefined);
  // A disk without its file has no size, and differs from whatever is wanted.
  return volume ? Number((await libvirt.volGetInfo(volume)).capacityBytes) : 0;
}

function childrenOf(stamp: XmlElement, name: string): readonly XmlElement[] {
  return stamp.children.filter((child) => child.name.split(':').at(-1) === name);
}
