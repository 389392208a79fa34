import type { Hardware, Nic, Placement, Seed } from '../hypervisor/records.ts';

/** A disk as it is wanted. */
export interface WantedDisk {
  readonly name: string;
  /** 0: as large as the image. */
  readonly sizeBytes: number;
  readonly provisioning: string;
  readonly storage: string;
  readonly bus: string;
}

/** A NIC as it is wanted; without a MAC it gets one that follows from the VM and its name. */
export type WantedNic = Omit<Nic, 'mac'> & { readonly mac: string };

/** What the root disk is made from. */
export type WantedSource =
  | { readonly kind: 'prepared'; readonly id: string }
  | { readonly kind: 'source'; readonly source: string }
  | { readonly kind: 'empty' };

/** A machine as it is wanted, complete. */
export interface WantedVm {
  readonly name: string;
  readonly hostname: string;
  readonly hardware: Hardware;
  readonly source: WantedSource;
  readonly root: WantedDisk;
  readonly disks: readonly WantedDisk[];
  readonly nics: readonly WantedNic[];
  readonly seed?: Seed;
  readonly tags: Readonly<Record<string, string>>;
  readonly extension: Readonly<Record<string, string>>;
  readonly placement: Placement;
}
