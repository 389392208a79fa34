import type * as wire from '@virtrigaud/grpc-contract/server';
import type {
  BootSource,
  Compute,
  DiskSpec,
  GuestInit,
  ImageSource,
  NicSpec,
  Placement,
  Provisioning,
  RootDisk,
  VmSpec,
} from '../domain/vm-spec.ts';
import { invalidField } from '../provider-error.ts';
import { firmwareOf } from './enums.ts';

/** Decodes what a VM has to be. Throws InvalidArgument naming the field's path. */
export function decodeSpec(spec: wire.VirtualMachineSpec | undefined, at: string): VmSpec {
  if (!spec) throw invalidField(at, 'is missing');
  return {
    name: required(spec.name, `${at}.name`),
    compute: decodeCompute(spec.compute, `${at}.compute`),
    boot: decodeBoot(spec.boot),
    root: decodeRoot(spec.root, `${at}.root`),
    disks: uniqueByName(
      spec.disks.map((disk, index) => decodeDisk(disk, `${at}.disks[${String(index)}]`)),
      `${at}.disks`,
    ),
    nics:
      spec.nics &&
      uniqueByName(
        spec.nics.items.map((nic, index) => decodeNic(nic, `${at}.nics[${String(index)}]`)),
        `${at}.nics`,
      ),
    guestInit: decodeGuestInit(spec.guestInit),
    placement: decodePlacement(spec.placement),
    tags: spec.tags,
    extension: spec.extension,
  };
}

/** What an empty string on the wire means. */
export const given = (text: string): string | undefined => (text === '' ? undefined : text);
const givenNumber = (value: number): number | undefined => (value === 0 ? undefined : value);

function required(text: string, at: string): string {
  if (text === '') throw invalidField(at, 'is missing');
  return text;
}

/** Bytes as a number: exact up to 8 PiB, and refused beyond. */
export function bytes(value: bigint, at: string): number {
  if (value < 0n) throw invalidField(at, 'is negative');
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidField(at, 'is more than 8 PiB');
  return Number(value);
}

function decodeCompute(compute: wire.Compute | undefined, at: string): Compute {
  if (!compute) throw invalidField(at, 'is missing');
  if (compute.cpus < 1) throw invalidField(`${at}.cpus`, 'must be at least 1');
  const memoryBytes = bytes(compute.memoryBytes, `${at}.memory_bytes`);
  if (memoryBytes < 1024 ** 2 || memoryBytes % 1024 ** 2 !== 0) {
    throw invalidField(`${at}.memory_bytes`, 'must be a multiple of 1 MiB, at least one');
  }
  return {
    cpus: compute.cpus,
    memoryBytes,
    firmware: firmwareOf(compute.firmware),
    secureBoot: compute.secureBoot,
    tpm: compute.tpm,
    nestedVirtualization: compute.nestedVirtualization,
    maxCpus: givenNumber(compute.maxCpus),
    maxMemoryBytes: givenNumber(bytes(compute.maxMemoryBytes, `${at}.max_memory_bytes`)),
    limits: compute.limits && {
      ...compute.limits,
      memoryReservationBytes: bytes(compute.limits.memoryReservationBytes, `${at}.limits.memory_reservation_bytes`),
      memoryLimitBytes: bytes(compute.limits.memoryLimitBytes, `${at}.limits.memory_limit_bytes`),
    },
  };
}

function decodeBoot(boot: wire.BootSource | undefined): BootSource | undefined {
  switch (boot?.source?.$case) {
    case undefined:
      return undefined;
    case 'image':
      return { kind: 'Image', ...decodeImage(boot.source.value) };
    case 'existingDisk':
      return { kind: 'ExistingDisk', ...boot.source.value };
  }
}

/** Decodes where an image is. */
export function decodeImage(image: wire.ImageRef | undefined): ImageSource {
  if (!image) throw invalidField('image', 'is missing');
  return { ...image };
}

const provisionings: readonly string[] = ['thin', 'thick', 'eagerzeroedthick'] satisfies Provisioning[];

function decodeProvisioning(text: string, at: string): Provisioning | undefined {
  if (text === '') return undefined;
  if (!provisionings.includes(text)) throw invalidField(at, `must be one of ${provisionings.join(', ')}`);
  return text as Provisioning;
}

function decodeRoot(root: wire.Disk | undefined, at: string): RootDisk {
  return {
    sizeBytes: root && givenNumber(bytes(root.sizeBytes, `${at}.size_bytes`)),
    provisioning: root && decodeProvisioning(root.provisioning, `${at}.provisioning`),
    storage: root && given(root.storage),
    bus: root && given(root.bus),
  };
}

function decodeDisk(disk: wire.Disk, at: string): DiskSpec {
  return {
    ...decodeRoot(disk, at),
    name: required(disk.name, `${at}.name`),
    sizeBytes: bytes(disk.sizeBytes, `${at}.size_bytes`),
  };
}

function decodeNic(nic: wire.Nic, at: string): NicSpec {
  return {
    name: required(nic.name, `${at}.name`),
    network: given(nic.network),
    bridge: given(nic.bridge),
    model: given(nic.model),
    mac: given(nic.mac),
    vlan: givenNumber(nic.vlan),
    staticAddress: nic.staticAddress && {
      address: required(nic.staticAddress.address, `${at}.static_address.address`),
      gateway: given(nic.staticAddress.gateway),
      dns: nic.staticAddress.dns,
    },
  };
}

function uniqueByName<T extends { readonly name: string }>(items: readonly T[], at: string): readonly T[] {
  const seen = new Set<string>();
  for (const { name } of items) {
    if (seen.has(name)) throw invalidField(at, `has "${name}" twice`);
    seen.add(name);
  }
  return items;
}

function decodeGuestInit(init: wire.GuestInit | undefined): GuestInit | undefined {
  switch (init?.kind?.$case) {
    case undefined:
      return undefined;
    case 'cloudInit':
      return { kind: 'CloudInit', ...init.kind.value };
    case 'ignition':
      return { kind: 'Ignition', config: init.kind.value };
  }
}

/** Decodes where a VM is to be; what is missing is empty. */
export function decodePlacement(placement: wire.Placement | undefined): Placement {
  return placement ?? { cluster: '', host: '', datastore: '', storagePod: '', folder: '', resourcePool: '' };
}
