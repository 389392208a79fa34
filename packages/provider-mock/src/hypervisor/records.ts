/** Who made a VM, as it was written on it. */
export interface OwnerStamp {
  readonly clusterId: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly kind: string;
}

/** An owner's mark. It names the VM it was put on, so that a copy of that VM does not pass for it. */
export interface Stamp {
  readonly carrier: string;
  readonly owner: OwnerStamp;
  /** Disks that were there when somebody adopted the VM from nobody: deleting it spares them. */
  readonly spared?: readonly string[];
}

export type Power = 'on' | 'off' | 'suspended' | 'crashed';

/** What a machine is built of, apart from disks and NICs. */
export interface Hardware {
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Ceilings for growing while on; 0: none. */
  readonly maxCpus: number;
  readonly maxMemoryBytes: number;
  readonly firmware: 'bios' | 'uefi';
  readonly secureBoot: boolean;
  readonly tpm: boolean;
  readonly nestedVirtualization: boolean;
  readonly limits: ResourceLimits;
}

/** 0: no limit, reservation or weight. */
export interface ResourceLimits {
  readonly cpuReservationMhz: number;
  readonly cpuLimitMhz: number;
  readonly cpuShares: number;
  readonly memoryReservationBytes: number;
  readonly memoryLimitBytes: number;
}

export interface Nic {
  readonly name: string;
  readonly mac: string;
  readonly network: string;
  readonly bridge: string;
  readonly model: string;
  readonly vlan: number;
  /** Undefined: the network leases one. */
  readonly staticAddress?: StaticAddress;
}

export interface StaticAddress {
  /** With the length of its prefix. */
  readonly address: string;
  readonly gateway: string;
  readonly dns: readonly string[];
}

export interface Placement {
  readonly cluster: string;
  readonly host: string;
  readonly datastore: string;
  readonly storagePod: string;
  readonly folder: string;
  readonly resourcePool: string;
}

/** Work on a VM that is not over, and what is left of it when its process dies. */
export interface PendingOperation {
  readonly id: string;
  readonly kind: 'Create';
  readonly startedAt: number;
}

/** One virtual machine, as the hypervisor keeps it. Times are Unix milliseconds. */
export interface VmRecord {
  readonly id: string;
  readonly name: string;
  readonly stamp?: Stamp;
  readonly lifecycle: 'creating' | 'ready' | 'deleting';
  readonly operation?: PendingOperation;
  readonly power: Power;
  /** Why it is not on, where that is more than somebody's wish. */
  readonly powerReason?: 'guest-shutdown' | 'guest-panic' | 'io-error';
  /** What keeps it from being reached, though the hypervisor answers. */
  readonly connection?: 'disconnected' | 'inaccessible' | 'orphaned';
  /** What it waits to be told by a person. */
  readonly question?: string;
  /** What it will have at the next start. */
  readonly configured: Hardware;
  /** What it has now; only while not off. */
  readonly live?: Hardware;
  readonly nics: readonly Nic[];
  readonly tags: Readonly<Record<string, string>>;
  readonly extension: Readonly<Record<string, string>>;
  readonly placement: Placement;
  readonly hostname: string;
  readonly bootedAt?: number;
  /** How long the guest takes from power on to its network, as it was at that start. */
  readonly bootMs: number;
  /** When a guest that was asked to shut down will be off. */
  readonly offAt?: number;
  /** What must happen at most once and did: the latest few, the newest last. */
  readonly handled: readonly string[];
}

/** One disk, or the seed that a guest reads at its first boot. Its key is `<vm id>.<name>`. */
export interface VolumeRecord {
  readonly vmId: string;
  readonly name: string;
  readonly role: 'root' | 'data' | 'seed';
  readonly sizeBytes: number;
  readonly format: string;
  readonly provisioning: string;
  readonly storage: string;
  readonly bus: string;
  /** Which prepared image, or other source, it was made from. */
  readonly source?: string;
  /** What the guest reads; only of a seed. */
  readonly seed?: Seed;
  /** False while its bytes are still being written. */
  readonly complete: boolean;
  /** Kept, but no longer a part of its VM. */
  readonly detached: boolean;
}

/** A guest's first instructions, base64. */
export interface Seed {
  readonly userData?: string;
  readonly metaData?: string;
  readonly networkConfig?: string;
  readonly ignition?: string;
}

/** An image that was brought to the hypervisor for one owner. Its key is the owner's uid. */
export interface ImageRecord {
  readonly id: string;
  readonly source: string;
  /** As it was given, `sha256:<hex>`; empty: none was. There are no bytes to hold it against. */
  readonly checksum: string;
  readonly storage: string;
  readonly operationId: string;
  readonly sizeBytes: number;
  readonly format: string;
  /** When its bytes will all be there. */
  readonly completeAt: number;
  readonly startedAt: number;
}

/** The key under which a volume is stored. */
export function volumeKey(vmId: string, name: string): string {
  return `${vmId}.${name}`;
}
