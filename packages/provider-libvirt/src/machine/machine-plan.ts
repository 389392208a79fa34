import { capabilityMissing, invalidField, type NicSpec, type Owner, type VmSpec } from '@virtrigaud/provider-sdk';
import { hashedAliases } from '../identity/device-alias.ts';
import { macAddressOf } from '../mac-address.ts';
import { diskVolumeName, rootVolumeName, seedVolumeName } from '../storage/volume-names.ts';
import { machineSettings, type MachineSettings } from './settings.ts';

/** The pool of VMs and images that name none. */
export const DEFAULT_POOL = 'default';
/** The network of VMs that say nothing of networks. */
export const DEFAULT_NETWORK = 'default';

/** A disk to be made. */
export interface PlannedDisk {
  /** Undefined for the root. */
  readonly name: string | undefined;
  readonly volume: string;
  /** Undefined: as large as the image. */
  readonly sizeBytes: number | undefined;
  readonly bus: 'virtio' | 'scsi' | 'sata';
  readonly allocation: 'sparse' | 'full';
}

export type PlannedNic = NicSpec & { readonly mac: string };

/** What a VM will be made of, decided before anything is touched. */
export interface MachinePlan {
  readonly name: string;
  readonly owner: Owner;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly firmware: 'Bios' | 'Uefi';
  readonly settings: MachineSettings;
  readonly pool: string;
  readonly root: PlannedDisk;
  readonly disks: readonly PlannedDisk[];
  readonly nics: readonly PlannedNic[];
  readonly seedVolume: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly hashedAliases: Readonly<Record<string, string>>;
}

/** Decides what a VM will be made of. Pure. Throws InvalidArgument or Unimplemented naming the field that cannot be honoured. */
export function planMachine(spec: VmSpec, owner: Owner, virtType: string): MachinePlan {
  refuseUnsupported(spec);
  const pool = spec.placement.datastore || DEFAULT_POOL;
  const nics = (spec.nics ?? [defaultNic()]).map((nic) => planNic(nic, owner.uid));
  return {
    name: spec.name,
    owner,
    cpus: spec.compute.cpus,
    memoryBytes: spec.compute.memoryBytes,
    firmware: spec.compute.firmware ?? 'Bios',
    settings: machineSettings(spec.extension, virtType),
    pool,
    root: {
      name: undefined,
      volume: rootVolumeName(owner.uid),
      sizeBytes: spec.root.sizeBytes,
      ...diskKind(spec.root, pool, 'spec.root'),
    },
    disks: spec.disks.map((disk, index) => ({
      name: disk.name,
      volume: diskVolumeName(owner.uid, disk.name),
      sizeBytes: disk.sizeBytes,
      ...diskKind(disk, pool, `spec.disks[${String(index)}]`),
    })),
    nics,
    seedVolume: seedVolumeName(owner.uid),
    tags: spec.tags,
    hashedAliases: {
      ...hashedAliases(
        'disk',
        spec.disks.map(({ name }) => name),
      ),
      ...hashedAliases(
        'nic',
        nics.map(({ name }) => name),
      ),
    },
  };
}

function refuseUnsupported({ compute, placement, guestInit }: VmSpec): void {
  if (compute.secureBoot) throw capabilityMissing('Secure Boot (spec.compute.secure_boot)');
  if (compute.tpm) throw capabilityMissing('a TPM (spec.compute.tpm)');
  if (compute.nestedVirtualization)
    throw capabilityMissing('nested virtualization (spec.compute.nested_virtualization)');
  if (compute.limits) throw capabilityMissing('resource limits (spec.compute.limits)');
  if (compute.maxCpus !== undefined || compute.maxMemoryBytes !== undefined) {
    throw capabilityMissing('ceilings of hot-add (spec.compute.max_cpus, spec.compute.max_memory_bytes)');
  }
  if (guestInit?.kind === 'Ignition') throw capabilityMissing('Ignition (spec.guest_init.ignition)');
  for (const [member, value] of Object.entries(placement)) {
    if (member !== 'datastore' && value !== '') {
      throw invalidField(
        `spec.placement.${member}`,
        'means nothing to libvirt: only datastore, the name of a storage pool, does',
      );
    }
  }
}

interface DiskKindSpec {
  readonly provisioning: string | undefined;
  readonly storage: string | undefined;
  readonly bus: string | undefined;
}

function diskKind(disk: DiskKindSpec, pool: string, at: string): Pick<PlannedDisk, 'bus' | 'allocation'> {
  if (disk.storage !== undefined && disk.storage !== pool) {
    throw invalidField(
      `${at}.storage`,
      `"${disk.storage}" is another pool than the VM's ("${pool}"): all disks of a VM lie in one pool here`,
    );
  }
  if (disk.provisioning === 'eagerzeroedthick') {
    throw invalidField(
      `${at}.provisioning`,
      'eagerzeroedthick is not possible with qcow2: take thick, which reserves the space, or thin',
    );
  }
  return { bus: busOf(disk.bus, `${at}.bus`), allocation: disk.provisioning === 'thick' ? 'full' : 'sparse' };
}

function busOf(bus: string | undefined, at: string): PlannedDisk['bus'] {
  switch (bus) {
    case undefined:
    case 'virtio':
      return 'virtio';
    case 'scsi':
    case 'sata':
      return bus;
    default:
      throw invalidField(at, `"${bus}" is no bus of a q35 machine: take virtio, scsi or sata`);
  }
}

function defaultNic(): NicSpec {
  return {
    name: 'default',
    network: DEFAULT_NETWORK,
    bridge: undefined,
    model: undefined,
    mac: undefined,
    vlan: undefined,
    staticAddress: undefined,
  };
}

function planNic(nic: NicSpec, ownerUid: string): PlannedNic {
  const at = `spec.nics["${nic.name}"]`;
  if (nic.vlan !== undefined)
    throw invalidField(`${at}.vlan`, 'VLANs are not possible on a libvirt network or bridge of this kind');
  if (nic.network !== undefined && nic.bridge !== undefined) throw invalidField(`${at}.bridge`, 'excludes network');
  return {
    ...nic,
    network: nic.network ?? (nic.bridge === undefined ? DEFAULT_NETWORK : undefined),
    mac: (nic.mac ?? macAddressOf(ownerUid, nic.name)).toLowerCase(),
  };
}
