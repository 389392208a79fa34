import type { BootSource, Compute, DiskSpec, GuestInit, NicSpec, RootDisk, VmSpec } from '@virtrigaud/provider-sdk';
import { noLimits } from '../hypervisor/defaults.ts';
import type { Hardware, Seed } from '../hypervisor/records.ts';
import type { WantedDisk, WantedNic, WantedSource, WantedVm } from '../operations/wanted.ts';

/** What a VM without `networks` gets: one NIC on the network that is always there. */
const defaultNics: readonly WantedNic[] = [
  { name: 'default', mac: '', network: 'default', bridge: '', model: '', vlan: 0 },
];

/** A spec in the hypervisor's own words. Every field of it arrives. */
export function wantedOf(spec: VmSpec): WantedVm {
  const seed = seedOf(spec.guestInit);
  return {
    name: spec.name,
    hostname: hostnameOf(spec),
    hardware: hardwareOf(spec.compute),
    source: sourceOf(spec.boot),
    root: rootOf(spec.root),
    disks: spec.disks.map(diskOf),
    nics: spec.nics?.map(nicOf) ?? defaultNics,
    ...(seed ? { seed } : {}),
    tags: spec.tags,
    extension: spec.extension,
    placement: spec.placement,
  };
}

export function hardwareOf(compute: Compute): Hardware {
  return {
    cpus: compute.cpus,
    memoryBytes: compute.memoryBytes,
    maxCpus: compute.maxCpus ?? 0,
    maxMemoryBytes: compute.maxMemoryBytes ?? 0,
    firmware: compute.firmware === 'Uefi' ? 'uefi' : 'bios',
    secureBoot: compute.secureBoot,
    tpm: compute.tpm,
    nestedVirtualization: compute.nestedVirtualization,
    limits: compute.limits ?? noLimits,
  };
}

export function rootOf(root: RootDisk): WantedDisk {
  return { ...diskOf({ ...root, name: 'root', sizeBytes: root.sizeBytes ?? 0 }) };
}

export function diskOf(disk: DiskSpec): WantedDisk {
  return {
    name: disk.name,
    sizeBytes: disk.sizeBytes,
    provisioning: disk.provisioning ?? 'thin',
    storage: disk.storage ?? 'default',
    bus: disk.bus ?? 'virtio',
  };
}

export function nicOf(nic: NicSpec): WantedNic {
  return {
    name: nic.name,
    mac: nic.mac ?? '',
    network: nic.network ?? '',
    bridge: nic.bridge ?? '',
    model: nic.model ?? 'virtio',
    vlan: nic.vlan ?? 0,
    ...(nic.staticAddress ? { staticAddress: { ...nic.staticAddress, gateway: nic.staticAddress.gateway ?? '' } } : {}),
  };
}

/** Where an image comes from, as one word: the first of its members that was given. */
export function imageSourceOf(image: {
  readonly template: string;
  readonly path: string;
  readonly url: string;
}): string {
  return image.template || image.path || image.url;
}

function sourceOf(boot: BootSource | undefined): WantedSource {
  if (!boot) return { kind: 'empty' };
  if (boot.kind === 'ExistingDisk') return { kind: 'source', source: boot.id || boot.path };
  if (boot.preparedId !== '') return { kind: 'prepared', id: boot.preparedId };
  return { kind: 'source', source: imageSourceOf(boot) };
}

function seedOf(init: GuestInit | undefined): Seed | undefined {
  if (!init) return undefined;
  if (init.kind === 'Ignition') return { ignition: base64(init.config) };
  return {
    userData: base64(init.userData),
    metaData: base64(init.metaData),
    networkConfig: base64(init.networkConfig),
  };
}

/** What cloud-init would call the guest. */
function hostnameOf({ name, guestInit }: VmSpec): string {
  const metaData = guestInit?.kind === 'CloudInit' ? Buffer.from(guestInit.metaData).toString() : '';
  const named = /^\s*"?local-hostname"?\s*:\s*"?([\w.-]+)/m.exec(metaData)?.[1];
  return named ?? name.slice(name.lastIndexOf('.') + 1);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
