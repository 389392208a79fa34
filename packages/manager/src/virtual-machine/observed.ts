import type { Reason, VirtualMachine } from '@virtrigaud/api-types';
import type { Capability, Task, VirtualMachineSpec } from '@virtrigaud/grpc-contract/client';
import type { Remote } from '../inventory/remote.ts';
import type { Failure } from '../transport/failure.ts';
import type { Difference } from './difference.ts';

/** Why nothing can be sent to a Provider: a reason of the condition ProviderAvailable. */
export type UnavailableReason = Extract<
  Reason,
  | 'NotYetConnected'
  | 'ProviderNotFound'
  | 'ConsumerNotAllowed'
  | 'ProviderNotReady'
  | 'ProviderUnreachable'
  | 'CircuitOpen'
  | 'InventoryStale'
  | 'CredentialsRejected'
  | 'ContractIncompatible'
  | 'HypervisorChanged'
>;

/** A Provider, as a VirtualMachine sees it. */
export interface ProviderView {
  readonly namespace: string;
  readonly name: string;
  /** Empty: there is no such Provider. */
  readonly uid: string;
  /** Identity of what is behind the endpoint; empty: unknown, and never equal to another. */
  readonly hypervisorId: string;
  /** The `hypervisorID` that a person accepted on the Provider. */
  readonly acceptedHypervisorId: string;
  /** Whether the VirtualMachine's namespace may use it. */
  readonly granted: boolean;
  readonly deleting: boolean;
  /** Undefined: usable. */
  readonly unavailable:
    { readonly reason: UnavailableReason; readonly message: string; readonly sinceMs: number } | undefined;
  /** Too many VMs are missing to believe it: numbers for people. */
  readonly shrunk: string | undefined;
  readonly capabilities: ReadonlySet<Capability>;
  /** Changes with the provider's version, instance or capabilities: wakes what is Stalled. */
  readonly fingerprint: string;
}

/** What a VirtualMachine refers to and does not find as it should be. */
export interface DependencyProblem {
  readonly reason: Extract<
    Reason,
    | 'WaitingForDependency'
    | 'ConsumerNotAllowed'
    | 'ImagePreparing'
    | 'ImageMissing'
    | 'ImageFailed'
    | 'InvalidSpec'
    | 'CapabilityMissing'
    | 'NameTaken'
  >;
  readonly message: string;
}

/** What is wanted, as far as its references let it be known. */
export interface Wanted {
  /** Undefined: a Class or Network is missing, so that hardware cannot be compared. */
  readonly spec: VirtualMachineSpec | undefined;
  /** Hash of everything in `spec` that can be compared, and of the power wanted; undefined with it. */
  readonly hash: string | undefined;
  /** The whole, ready for Create; undefined while something for it is missing, or when the VM is there. */
  readonly creation: VirtualMachineSpec | undefined;
  /** Why `spec` or `creation` is undefined. */
  readonly problem: DependencyProblem | undefined;
  /** Why a reference is not granted; also where `spec` is known. */
  readonly notGranted: string | undefined;
}

/** A machine that the annotation `take-over` names: it is adopted, and none is made. */
export interface TakeOver {
  /** The uid that its stamp bears. */
  readonly uid: string;
  /** Why it is not adopted now. */
  readonly problem: DependencyProblem | undefined;
}

/** Calls whose failures are remembered; `Finalizer` is a write to the API server. */
export type Verb =
  | 'Finalizer'
  | 'Describe'
  | 'Create'
  | 'Adopt'
  | 'Delete'
  | 'Power'
  | 'Reconfigure'
  | 'Reboot'
  | 'CancelTask'
  | 'TaskStatus';

/** A call, or the task it started, that failed last. */
export interface Attempt {
  /** Empty for reads. */
  readonly operationId: string;
  readonly failure: Failure;
  /** How often in a row. */
  readonly attempts: number;
  /** Not before this, by the monotonic clock. */
  readonly retryAtMs: number;
  /** {@link ProviderView.fingerprint} at the time. */
  readonly fingerprint: string;
}

/** A mutation, or the task it started, that succeeded last. */
export interface Done {
  readonly operationId: string;
  /** How often in a row, without the effect having been seen. */
  readonly times: number;
  /** Not again before this, by the monotonic clock. */
  readonly retryAtMs: number;
}

/** The work that runs for a VM, if any. */
export type RunningTask =
  | { readonly kind: 'None' }
  /** Named by the status or the inventory, but not heard of lately: ask. */
  | { readonly kind: 'Unheard'; readonly id: string }
  | { readonly kind: 'Running'; readonly task: Task }
  /** It ended, and its result was not taken yet. */
  | { readonly kind: 'Ended'; readonly task: Task };

/** What this process remembers of a VM between two looks; losing it costs a Describe, never correctness. */
export interface Remembered {
  readonly attempts: Readonly<Partial<Record<Verb, Attempt>>>;
  /** Mutations that succeeded last: one that does not have its effect is repeated ever more seldom. */
  readonly done: Readonly<Partial<Record<Verb, Done>>>;
  /** A Delete has succeeded. */
  readonly deleteDone: boolean;
  /** The Delete that succeeded took the stamp only: the machine runs on. */
  readonly released: boolean;
  /** Since when the bound Provider was not connected yet, by the monotonic clock; undefined: it is, or is lost for another reason. */
  readonly unseenSinceMs: number | undefined;
  /** A Create got no answer: the provider may still be at it until then, by the monotonic clock. */
  readonly createUntilMs: number | undefined;
  /** The Reconfigure that was sent last, and what it was to change; its task may end when something else is wanted. */
  readonly reconfiguring:
    { readonly operationId: string; readonly hash: string; readonly differences: readonly Difference[] } | undefined;
  /** A Reconfigure succeeded for this hash and was to remove these differences. */
  readonly reconfigured: { readonly hash: string; readonly paths: string } | undefined;
  /** Paths that the provider can change only while the VM is off. */
  readonly refusedOnline: readonly string[];
  /** When the guest was asked to shut down last, by the monotonic clock. */
  readonly shutdownAskedMs: number | undefined;
  /** The task that was asked to end. */
  readonly cancelledTask: string | undefined;
  /** The task whose result was taken, before the status shows it. */
  readonly settledTask: string | undefined;
  /** Work in the way that a failed call named. */
  readonly taskInTheWay: string | undefined;
  /** The value of `reconcile-now` that a Describe has followed. */
  readonly lookedFor: string | undefined;
  /** The restart token that was acted on, before the status shows it. */
  readonly rebootedFor: string | undefined;
}

/** Everything a decision about a VirtualMachine may depend on. Data only. */
export interface Observed {
  readonly vm: VirtualMachine;
  /** Why the object breaks its schema; only where the API server did not check it. */
  readonly invalid: string | undefined;
  /** The Provider that `spec.providerRef` names. */
  readonly named: ProviderView;
  /** The Provider of `status.binding`; undefined: unbound. */
  readonly bound: ProviderView | undefined;
  /** At the bound Provider. Unbound: Unknown. */
  readonly remote: Remote;
  /** At the named Provider, where that is another one than the bound. */
  readonly candidate: Remote | undefined;
  readonly task: RunningTask;
  readonly wanted: Wanted;
  /** Undefined: a machine of its own is made. */
  readonly takeOver: TakeOver | undefined;
  readonly remembered: Remembered;
  /** Whether a change that came from a class or network may reach one more VM of this Provider now. */
  readonly rolloutOpen: boolean;
  /** The namespace of its Provider is being deleted, and everything in it with it. */
  readonly namespaceTerminating: boolean;
  /** Wall clock, milliseconds since the epoch. */
  readonly nowMs: number;
  /** Monotonic clock. */
  readonly monotonicMs: number;
}
