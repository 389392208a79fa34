import type { Owner } from './owner.ts';
import type { ResourceLimits } from './vm-spec.ts';

/**
 * A VM as the hypervisor shows it. What is left out is not known; nothing in it may tick at rest, or every watcher would be woken for
 * nothing.
 */
export interface VmState {
  /** Stable over host moves and re-registration. */
  readonly id: string;
  readonly name: string;
  /** Undefined: not one of ours. See `ownershipOf`. */
  readonly owner?: Owner | undefined;
  /** The carrier that its stamp names, when that is not this VM. */
  readonly copiedFrom?: string | undefined;
  /** Defaults to `Ready`. */
  readonly lifecycle?: 'Creating' | 'Ready' | 'Deleting' | undefined;
  /** While `Creating`: the operation that began it, so that a repeated Create resumes it. */
  readonly pendingOperationId?: string | undefined;
  /** Work that runs on it. */
  readonly taskId?: string | undefined;
  /** Defaults to `Connected`. Anything else: what follows is the last known. */
  readonly connection?: 'Connected' | 'Disconnected' | 'Inaccessible' | 'Orphaned' | undefined;
  readonly power: PowerState;
  readonly powerReason?: PowerReason | undefined;
  /** The hypervisor is changing it right now. Not: a guest that was asked to shut down. */
  readonly transitioning?: boolean | undefined;
  /** It waits for an answer from a person: the question, in the hypervisor's words. */
  readonly question?: string | undefined;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly maxCpus?: number | undefined;
  readonly maxMemoryBytes?: number | undefined;
  readonly firmware?: 'Bios' | 'Uefi' | undefined;
  readonly secureBoot?: boolean | undefined;
  readonly tpm?: boolean | undefined;
  readonly limits?: ResourceLimits | undefined;
  readonly disks?: readonly DiskState[] | undefined;
  readonly nics?: readonly NicState[] | undefined;
  readonly hostname?: string | undefined;
  readonly guestOs?: string | undefined;
  readonly guestAgent?: 'Connected' | 'Disconnected' | 'Absent' | undefined;
  readonly host?: string | undefined;
  readonly bootedAt?: Date | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Set, but not live before a power cycle. */
  readonly restartRequired?: readonly Drift[] | undefined;
  /** For people, in Describe alone. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

export type PowerState = 'On' | 'Off' | 'Suspended' | 'Crashed' | 'Unknown';
export type PowerReason = 'User' | 'IoError' | 'Snapshot' | 'Migration' | 'GuestPanic' | 'Starting' | 'GuestShutdown';

/** `field` is a path of the spec in proto names: `compute.cpus`, `compute.memory_bytes`. */
export interface Drift {
  readonly field: string;
  readonly live: string;
  readonly configured: string;
}

export interface DiskState {
  readonly name: string;
  readonly id: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly format?: string | undefined;
  readonly provisioning?: string | undefined;
  readonly storage?: string | undefined;
  readonly bus?: string | undefined;
  readonly root?: boolean | undefined;
  readonly detached?: boolean | undefined;
  /** In Describe alone. */
  readonly usedBytes?: number | undefined;
}

export interface NicState {
  readonly name: string;
  readonly mac: string;
  readonly network?: string | undefined;
  readonly bridge?: string | undefined;
  readonly model?: string | undefined;
  readonly vlan?: number | undefined;
  /** Global ones first; never loopback or link-local. */
  readonly addresses?: readonly string[] | undefined;
}
