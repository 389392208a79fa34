/**
 * A hand on the hypervisor that is not the provider's: how a check makes happen what no provider did, and asks whether what the provider
 * says is so. Every method is optional; checks that need one that is not there are listed as not run. Ids are the contract's.
 */
export interface Backdoor {
  /** Ids of all VMs there are, asked of the hypervisor itself. */
  listVmIds?(): Promise<readonly string[]>;
  /** Ids of all disks there are, attached or not, as the contract's `DiskState.id`. */
  listDiskIds?(): Promise<readonly string[]>;
  /** Makes a VM of that name that nobody owns, off, and answers its id. */
  defineVm?(name: string): Promise<string>;
  /** Copies a VM with all that is written on it, as a console or a restore does, and answers the copy's id. */
  copyVm?(id: string, name: string): Promise<string>;
  /**
   * Removes a VM. One that is not there is none to remove. It may take disks along that are left of a VM, also of one that is gone: those
   * that a provider rightly spares are listed as left behind otherwise.
   */
  removeVm?(id: string): Promise<void>;
  /** From now on making a VM takes this long, at least two seconds; 0: as long as it takes. */
  delayCreates?(milliseconds: number): Promise<void>;
  /** The provider no longer reaches its hypervisor. */
  cutOff?(): Promise<void>;
  /** It reaches it again. */
  reconnect?(): Promise<void>;
  /** The hypervisor ends the provider's sessions, and refuses its credentials from now on. */
  refuseLogins?(): Promise<void>;
  /** It takes them again, and the provider knows: as when a Secret is renewed. */
  admitLogins?(): Promise<void>;
  /** How often somebody has tried to log in so far. */
  countLogins?(): Promise<number>;
}

/** What a check may need of a {@link Backdoor}. */
export type BackdoorMethod = keyof Backdoor;
