import type { HypervisorName, ProviderName, Wish } from '../scenario/scenario.ts';

/** A machine as its hypervisor keeps it. */
export interface Machine {
  readonly hypervisor: HypervisorName;
  readonly id: string;
  readonly name: string;
  /** uid of the object whose stamp it bears; undefined: none. */
  readonly owner: string | undefined;
  /** Which machine the stamp was put on: on any other, it counts for nothing. */
  readonly carrier: string | undefined;
  readonly isWhole: boolean;
  readonly power: 'On' | 'Off' | 'Other';
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly tags: readonly string[];
  /** Bytes of each data disk that is attached, by name. */
  readonly disks: Readonly<Record<string, number>>;
  /** Tells this machine from one that is made later under the same id; undefined where the hypervisor cannot. */
  readonly birth: string | undefined;
}

/** A VirtualMachine as the API server keeps it. */
export interface ApiObject {
  readonly name: string;
  readonly uid: string;
  readonly deleting: boolean;
  readonly wish: Omit<Wish, 'image' | 'vanishedPolicy'>;
  readonly boundTo: ProviderName | undefined;
  /** Its machine was seen whole once. */
  readonly wasReady: boolean;
  /** Of the present generation; undefined while it is not. */
  readonly ready: { readonly status: string; readonly reason: string; readonly message: string } | undefined;
}

/** What went wrong on the way, however it ended: seen by a level that sees each step. */
export interface Incident {
  readonly kind: 'lost' | 'doubled' | 'stuck';
  readonly message: string;
}

/** Everything that counts, at one moment. */
export interface Truth {
  readonly machines: readonly Machine[];
  /** Volumes, by hypervisor and key, whose machine is not there and which nobody detached. */
  readonly leftovers: readonly string[];
  readonly objects: readonly ApiObject[];
  /** Machines that a fault has made, as they were then. */
  readonly copies: readonly Machine[];
  readonly incidents: readonly Incident[];
}
