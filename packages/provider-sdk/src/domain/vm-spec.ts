/** A VM as it is wanted. Sizes are bytes; what is undefined is the provider's to choose. */
export interface VmSpec {
  /** Name on the hypervisor, `<namespace>.<name>` unless a person chose another. Never an identity. */
  readonly name: string;
  readonly compute: Compute;
  readonly boot: BootSource | undefined;
  readonly root: RootDisk;
  /** Data disks; the name is the key. */
  readonly disks: readonly DiskSpec[];
  /** In the guest's order. Undefined: the provider's default; empty: none. */
  readonly nics: readonly NicSpec[] | undefined;
  /** At creation only. */
  readonly guestInit: GuestInit | undefined;
  readonly placement: Placement;
  readonly tags: Readonly<Record<string, string>>;
  /** Settings of this kind of hypervisor, checked against the provider's `extraConfig` schema. */
  readonly extension: Readonly<Record<string, string>>;
}

export interface Compute {
  /** At least 1. */
  readonly cpus: number;
  /** A multiple of 1 MiB. */
  readonly memoryBytes: number;
  readonly firmware: 'Bios' | 'Uefi' | undefined;
  readonly secureBoot: boolean;
  readonly tpm: boolean;
  readonly nestedVirtualization: boolean;
  /** Ceiling of hot-add; undefined: none. */
  readonly maxCpus: number | undefined;
  /** Ceiling of hot-add in bytes; undefined: none. */
  readonly maxMemoryBytes: number | undefined;
  readonly limits: ResourceLimits | undefined;
}

/** 0 means: not limited, not reserved. */
export interface ResourceLimits {
  readonly cpuReservationMhz: number;
  readonly cpuLimitMhz: number;
  readonly cpuShares: number;
  readonly memoryReservationBytes: number;
  readonly memoryLimitBytes: number;
}

export type BootSource =
  | ({ readonly kind: 'Image' } & ImageSource)
  | { readonly kind: 'ExistingDisk'; readonly id: string; readonly path: string; readonly format: string };

/** Where an image is. Empty members were not given. */
export interface ImageSource {
  /** What image preparation answered: the image as this provider keeps it. */
  readonly preparedId: string;
  readonly template: string;
  readonly path: string;
  readonly url: string;
  readonly format: string;
  readonly checksum: string;
  readonly checksumType: string;
  readonly storage: string;
}

export type Provisioning = 'thin' | 'thick' | 'eagerzeroedthick';

export interface RootDisk {
  /** Bytes; undefined: the image's. */
  readonly sizeBytes: number | undefined;
  readonly provisioning: Provisioning | undefined;
  readonly storage: string | undefined;
  readonly bus: string | undefined;
}

export interface DiskSpec {
  readonly name: string;
  readonly sizeBytes: number;
  readonly provisioning: Provisioning | undefined;
  readonly storage: string | undefined;
  readonly bus: string | undefined;
}

export interface NicSpec {
  readonly name: string;
  readonly network: string | undefined;
  readonly bridge: string | undefined;
  readonly model: string | undefined;
  readonly mac: string | undefined;
  readonly vlan: number | undefined;
  readonly staticAddress: StaticAddress | undefined;
}

export interface StaticAddress {
  /** In CIDR notation. */
  readonly address: string;
  readonly gateway: string | undefined;
  readonly dns: readonly string[];
}

export type GuestInit =
  | {
      readonly kind: 'CloudInit';
      readonly userData: Uint8Array;
      readonly metaData: Uint8Array;
      readonly networkConfig: Uint8Array;
    }
  | { readonly kind: 'Ignition'; readonly config: Uint8Array };

/** Empty members were not given. */
export interface Placement {
  readonly cluster: string;
  readonly host: string;
  readonly datastore: string;
  readonly storagePod: string;
  readonly folder: string;
  readonly resourcePool: string;
}
