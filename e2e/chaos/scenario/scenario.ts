/** Where a machine can be put: three Providers over two hypervisors. */
export const hypervisorOf = { lab: 'a', 'lab-too': 'a', other: 'b' } as const;
export type ProviderName = keyof typeof hypervisorOf;
export type HypervisorName = (typeof hypervisorOf)[ProviderName];
export const providerNames = Object.keys(hypervisorOf) as readonly ProviderName[];

/** What runs, and may die. Two managers of which one leads; a provider of its own for each Provider object. */
export const components = ['manager-1', 'manager-2', 'apiserver', 'lab', 'lab-too', 'other'] as const;
export type Component = (typeof components)[number];

/** `default/template` is there at once; `default/imported` has to be brought to each hypervisor first. */
export type ImageName = 'template' | 'imported';

/** What a VirtualMachine asks for. */
export interface Wish {
  readonly provider: ProviderName;
  readonly image: ImageName;
  readonly cpu: number;
  readonly memoryGiB: number;
  readonly power: 'On' | 'Off' | 'OffGraceful';
  readonly tags: readonly string[];
  /** Data disks: GiB by name. They never shrink. */
  readonly disks: Readonly<Record<string, number>>;
  readonly vanishedPolicy: 'Report' | 'Recreate';
}

/** Something that a person does. */
export type Operation =
  | { readonly kind: 'apply'; readonly vm: string; readonly wish: Wish }
  /** `wish` is all that is wanted afterwards. */
  | { readonly kind: 'edit'; readonly vm: string; readonly wish: Wish }
  | { readonly kind: 'move'; readonly vm: string; readonly wish: Wish }
  | { readonly kind: 'delete'; readonly vm: string };

/** The calls of the contract that a life is made of. */
export const rpcs = [
  'GetProviderInfo',
  'Validate',
  'ListVMs',
  'WatchVMs',
  'WatchTasks',
  'Describe',
  'Create',
  'Delete',
  'Power',
  'Reconfigure',
  'TaskStatus',
  'CancelTask',
  'ImagePrepare',
  'ImageDescribe',
] as const;
export type Rpc = (typeof rpcs)[number];

/** Calls that change something. */
export const mutations = ['Create', 'Delete', 'Power', 'Reconfigure'] as const satisfies readonly Rpc[];

/**
 * Something that goes wrong. It ends by itself after `forMs`.
 *
 * `aim`: it strikes while the next call of that RPC is under way, or after `aimForMs` without such a call.
 */
export type Fault =
  /** SIGKILL; it is started again after `forMs`. */
  | { readonly kind: 'kill'; readonly target: Component; readonly aim: Rpc; readonly forMs: number }
  /** SIGSTOP, then SIGCONT. */
  | { readonly kind: 'stop'; readonly target: Component; readonly aim: Rpc; readonly forMs: number }
  /** The next `times` calls of the RPC are done, and their replies lost. */
  | { readonly kind: 'drop-reply'; readonly aim: Rpc; readonly times: number; readonly forMs: number }
  /** The next `times` calls of the RPC arrive twice, the second time later. */
  | { readonly kind: 'duplicate'; readonly aim: Rpc; readonly times: number; readonly forMs: number }
  /** The next call of the RPC is held up on its way, and delivered after its leader was replaced. */
  | { readonly kind: 'late-call'; readonly aim: Rpc; readonly forMs: number }
  /** What is streamed arrives so much later. */
  | { readonly kind: 'lag'; readonly lagMs: number; readonly forMs: number }
  /** Lists leave this share of the machines out, in percent. */
  | {
      readonly kind: 'partial-list';
      readonly hypervisor: HypervisorName;
      readonly percent: number;
      readonly forMs: number;
    }
  /** One provider cannot reach its hypervisor. */
  | { readonly kind: 'blind'; readonly target: ProviderName; readonly forMs: number }
  /** The machine is copied on its hypervisor, stamp and all. */
  | { readonly kind: 'copied-stamp'; readonly vm: string; readonly forMs: number }
  /** All watches break; `expire`: what they would resume from is no longer known (410). */
  | { readonly kind: 'watch-reset'; readonly expire: boolean; readonly forMs: number }
  /** Nobody reaches the hypervisor. */
  | { readonly kind: 'vanish'; readonly hypervisor: HypervisorName; readonly forMs: number };

/** How long an aimed fault waits for a call of its RPC. */
export const aimForMs = 20_000;

/** One line of the script: so long after the one before. */
export type Line = { readonly afterMs: number } & (
  | { readonly operation: Operation; readonly fault?: undefined }
  | { readonly fault: Fault; readonly operation?: undefined }
);

/** A whole script, as plain data. */
export interface Scenario {
  readonly seed: number;
  readonly lines: readonly Line[];
}

/** The columns of the matrix: what kind of fault it is, and on whom. */
export const faultColumns = [
  'kill manager',
  'kill apiserver',
  'kill provider',
  'stop manager',
  'stop apiserver',
  'stop provider',
  'drop-reply',
  'duplicate',
  'late-call',
  'lag',
  'partial-list',
  'blind',
  'copied-stamp',
  'watch-reset',
  'vanish',
] as const;
export type FaultColumn = (typeof faultColumns)[number];

/** The column of a fault. */
export function columnOf(fault: Fault): FaultColumn {
  if (fault.kind !== 'kill' && fault.kind !== 'stop') return fault.kind;
  const role = fault.target.startsWith('manager') ? 'manager' : fault.target === 'apiserver' ? 'apiserver' : 'provider';
  return `${fault.kind} ${role}`;
}
