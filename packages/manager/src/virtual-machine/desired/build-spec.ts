import { diskBytes, memoryBytes, parseSizeBytes, type VirtualMachine, type VMClass } from '@virtrigaud/api-types';
import {
  Firmware,
  type BootSource,
  type Disk,
  type GuestInit,
  type NicList,
  type VirtualMachineSpec,
} from '@virtrigaud/grpc-contract/client';
import { hypervisorName } from './identity.ts';

/** Everything that a desired VM is made of; each part resolved already. */
export interface SpecInput {
  readonly vm: VirtualMachine;
  readonly vmClass: VMClass | undefined;
  readonly nics: NicList | undefined;
  /** `spec.defaults.datastore` of the Provider. */
  readonly defaultDatastore: string | undefined;
}

/** What only a VM that does not exist yet needs. */
export interface CreationInput {
  readonly boot: BootSource;
  readonly guestInit: GuestInit | undefined;
}

/** Builds what is wanted of a VM that exists, in the contract's terms. */
export function buildSpec({ vm, vmClass, nics, defaultDatastore }: SpecInput): VirtualMachineSpec {
  const { spec, metadata } = vm;
  const classDefaults = vmClass?.spec.diskDefaults;
  const disk = (
    name: string,
    own: {
      readonly type?: string | undefined;
      readonly storage?: string | undefined;
      readonly bus?: string | undefined;
    },
    sizeBytes: number,
  ): Disk => ({
    name,
    sizeBytes: BigInt(sizeBytes),
    provisioning: own.type ?? classDefaults?.type ?? '',
    storage: own.storage ?? classDefaults?.storage ?? '',
    bus: own.bus ?? '',
  });
  const rootSize = spec.rootDisk?.size ?? classDefaults?.size;
  return {
    name: spec.hypervisorName ?? hypervisorName(metadata.namespace ?? '', metadata.name),
    compute: {
      cpus: spec.resources?.cpu ?? vmClass?.spec.cpu ?? 0,
      memoryBytes: BigInt(
        memoryBytes(spec.resources ?? {}) ?? (vmClass ? (parseSizeBytes(vmClass.spec.memory) ?? 0) : 0),
      ),
      firmware: firmwareOf(vmClass),
      secureBoot: false,
      tpm: false,
      nestedVirtualization: false,
      maxCpus: 0,
      maxMemoryBytes: 0n,
      limits: undefined,
    },
    boot: undefined,
    root: disk('root', spec.rootDisk ?? {}, rootSize === undefined ? 0 : (parseSizeBytes(rootSize) ?? 0)),
    disks: (spec.disks ?? []).map((each) => disk(each.name, each, diskBytes(each) ?? 0)),
    nics,
    guestInit: undefined,
    placement: {
      cluster: '',
      host: '',
      datastore: spec.placement?.datastore ?? defaultDatastore ?? '',
      storagePod: '',
      folder: '',
      resourcePool: '',
    },
    tags: tagsOf(spec.tags ?? []),
    extension: { ...vmClass?.spec.extraConfig, ...spec.extraConfig },
  };
}

/** Adds what a Create needs beside. */
export function forCreation(spec: VirtualMachineSpec, { boot, guestInit }: CreationInput): VirtualMachineSpec {
  return { ...spec, boot, guestInit };
}

/** `key:value` or `key`, as the contract's map. */
export function tagsOf(tags: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    tags.map((tag) => {
      const colon = tag.indexOf(':');
      return colon === -1 ? [tag, ''] : [tag.slice(0, colon), tag.slice(colon + 1)];
    }),
  );
}

function firmwareOf(vmClass: VMClass | undefined): Firmware {
  switch (vmClass?.spec.firmware) {
    case 'BIOS':
      return Firmware.BIOS;
    case 'UEFI':
    case 'EFI':
      return Firmware.UEFI;
    case undefined:
      return Firmware.UNSPECIFIED;
  }
}
