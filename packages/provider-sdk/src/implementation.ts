import type { Logger } from '@virtrigaud/service-kit';
import type { z } from 'zod';
import type { Feature } from './domain/capability.ts';
import type { VmChange } from './domain/changes.ts';
import type { Owner } from './domain/owner.ts';
import type { Task, TaskContext, TaskStart } from './domain/task.ts';
import type { ImageSource, Placement, VmSpec } from './domain/vm-spec.ts';
import type { VmState } from './domain/vm-state.ts';

/** What every call is given. */
export interface CallContext {
  /** Aborts when the caller leaves or its deadline passes. */
  readonly signal: AbortSignal;
  /** Milliseconds until the caller stops waiting; Infinity without a deadline. */
  remainingMs(): number;
  /** Carries the correlation id of the reconcile that asked. */
  readonly logger: Logger;
}

/** What a list is given. */
export interface ListContext extends CallContext {
  /** Tells of a VM that is there and cannot be read: it is left out, and nothing is taken for gone because of that. */
  unreadable(error: unknown): void;
}

/** What a call is given that changes something. */
export interface MutationContext extends CallContext {
  readonly owner: Owner;
  /**
   * `<verb>-<owner uid>-<hash of the parameters>`: finds the same work running, and is never a proof that it was done. For
   * edge-triggered operations (Reboot, Reset, image preparation) a token whose effect may happen at most once.
   */
  readonly operationId: string;
  /** Throws when a newer leader has been seen; for work that goes on when nobody waits any more. */
  checkTerm(): void;
  /**
   * Throws as `checkTerm` does, and when the time is over by which the operation had to begin: before the first effect of work that
   * goes on when nobody waits any more.
   */
  checkToBegin(): void;
  /**
   * Throws when the deadline has passed, a newer leader has been seen, or nothing was begun in time: call it right before each
   * effect, with nothing to wait for in between.
   */
  checkBeforeEffect(): void;
  /**
   * Begins work that outlives the call, and answers its task at once. A run that throws makes the task FAILED; the same operation
   * asked for again finds it running.
   */
  startTask(start: TaskStart, run: (task: TaskContext) => Promise<{ readonly resultId?: string } | undefined>): Task;
}

/** A mutation answers nothing when it is done, or the task that goes on. */
export type Accepted = { readonly task?: Task | undefined } | undefined;

export interface CreateVm {
  readonly spec: VmSpec;
  readonly initialPower: 'On' | 'Off';
  /** Answer whether it could be done, without claim or effect. */
  readonly validateOnly: boolean;
  /** The VM that already bears the owner's stamp: half-made or whole. */
  readonly existing: VmState | undefined;
}

export interface DeleteVm {
  /** The VM that bears the owner's stamp; undefined when there is none, and what else bears the uid has to go all the same. */
  readonly existing: VmState | undefined;
  /** Remove the stamp, touch nothing else. */
  readonly releaseOnly: boolean;
}

export type PowerOperation = 'On' | 'Off' | 'Reboot' | 'ShutdownGraceful' | 'Suspend' | 'Resume' | 'Reset';

export interface PowerVm {
  readonly vm: VmState;
  readonly operation: PowerOperation;
}

export interface ReconfigureVm {
  readonly vm: VmState;
  readonly changes: readonly VmChange[];
  /** The whole of what is wanted, for what a change leaves open. */
  readonly desired: VmSpec;
  readonly validateOnly: boolean;
}

export interface AdoptVm {
  /** As it was found a moment ago: whole, and bearing the expected stamp. */
  readonly vm: VmState;
  /** Uid of the owner whose stamp gives way to `call.owner`'s; empty: it bears none. */
  readonly expectedOwnerUid: string;
}

/** What is behind the endpoint. */
export interface HypervisorInfo {
  /** Stable identity, kept at the hypervisor itself. Empty: never equal to another. */
  readonly id: string;
  readonly version: string;
  /** For the health message, such as `KVM`. */
  readonly note?: string | undefined;
}

export interface ValidateProvider {
  readonly defaults: Placement;
  readonly defaultNetwork: string;
}

/** The answer "no" is an answer: never thrown. */
export type Validation =
  | { readonly ok: true; readonly message?: string | undefined }
  | {
      readonly ok: false;
      readonly reason: string;
      readonly message: string;
      readonly missingPermissions?: readonly string[] | undefined;
    };

export interface PreparedImage {
  readonly preparedId: string;
  readonly virtualSizeBytes: number;
  readonly format: string;
  readonly complete: boolean;
  readonly task?: Task | undefined;
}

/** Where events of the hypervisor go. The SDK asks for the VM's state itself, and tells the watchers what changed. */
export interface InventorySink {
  /** This VM may have changed, come or gone: it is looked up once, however often it is named meanwhile. */
  changed(id: string): void;
  /** The state is known already: no look-up. */
  upsert(vm: VmState): void;
  /** Events may have been missed: everything is listed again. */
  relist(): void;
}

/** How to reach one hypervisor endpoint. */
export interface ConnectContext {
  /** `spec.endpoint` of the Provider. */
  readonly endpoint: string;
  readonly insecureSkipVerify: boolean;
  readonly logger: Logger;
  /** Aborts when the provider stops or the attempt took too long. */
  readonly signal: AbortSignal;
  /** To be called when the session breaks: the SDK shows the inventory as stale and connects again, with back-off. */
  lost(error: unknown): void;
}

/** A credentials schema's value. */
export type CredentialsOf<C extends z.ZodType | undefined> = C extends z.ZodType ? z.output<C> : undefined;

/**
 * A provider in typed calls, for those who need more than `defineProvider` gives. `S` is a session with the hypervisor.
 *
 * Every method may be called at any time and concurrently, but never two mutations for one owner at once. A method throws
 * ProviderError for what it knows; anything else is taken for a bug.
 */
export interface ProviderImplementation<S, C extends z.ZodType | undefined = undefined> {
  /** The kind of hypervisor: any DNS label. */
  readonly type: string;
  /** Version of this package. */
  readonly version: string;
  /** `ActiveStandby`: mutations and streams go to one replica. Defaults to `ActiveActive`. */
  readonly replicaMode?: 'ActiveStandby' | 'ActiveActive' | undefined;
  readonly features?: readonly Feature[] | undefined;
  /** Keys of the mounted credentials; left out when there are none. */
  readonly credentials?: C | undefined;
  /** The keys of `extraConfig` that are taken; others are refused by name. */
  readonly extraConfig?: z.ZodObject | undefined;

  /** Opens a session. Throw `credentialsRejected` when the hypervisor says no; anything else is tried again. */
  connect(context: ConnectContext & { readonly credentials: CredentialsOf<C> }): Promise<S>;
  /** Closes a session that nobody uses any more. */
  disconnect?(session: S): Promise<void>;
  /** Asks the hypervisor now: the health check, too. */
  hypervisor(session: S, call: CallContext): Promise<HypervisorInfo>;
  /** Defaults, rights and what else is worth checking. Left out: `hypervisor` answering is enough. */
  validate?(session: S, request: ValidateProvider, call: CallContext): Promise<Validation>;

  /** Every VM there is, ours or not. */
  listVms(session: S, call: ListContext): AsyncIterable<VmState>;
  /** All that bear the uid's stamp, or the one of that id. Empty: the hypervisor was asked, and there is none. */
  findVms(
    session: S,
    by: { readonly ownerUid: string } | { readonly id: string },
    call: CallContext,
  ): Promise<readonly VmState[]>;
  /** Runs until `signal`, telling the sink of what happens. Returning early, or throwing, ends the session. */
  watchVms(session: S, sink: InventorySink, signal: AbortSignal): Promise<void>;

  createVm(
    session: S,
    request: CreateVm,
    call: MutationContext,
  ): Promise<{ readonly id: string; readonly task?: Task | undefined }>;
  deleteVm(session: S, request: DeleteVm, call: MutationContext): Promise<Accepted>;
  /**
   * Level-triggered, but for Reboot and Reset: those have to happen at most once for each `call.operationId`, so store the id at the
   * hypervisor before or with the effect, and answer as done when it is there already.
   */
  powerVm(session: S, request: PowerVm, call: MutationContext): Promise<Accepted>;
  reconfigureVm(session: S, request: ReconfigureVm, call: MutationContext): Promise<Accepted>;
  /**
   * Puts `call.owner`'s stamp on the VM in place of the one it bears, and changes nothing else. Look at the stamp again right before,
   * in the same step where the hypervisor can do that. What was made for the former owner is from then on the new one's; what nobody
   * of ours had made is spared when the VM is deleted. Has to go with a `deleteVm` that honours `releaseOnly`.
   */
  adoptVm?(session: S, request: AdoptVm, call: MutationContext): Promise<void>;

  /**
   * A task that this process does not remember; undefined when the work is known to be over or gone. Also asked now and then about a
   * running task that a mutation answered without `startTask`: one of the hypervisor's own.
   */
  findTask?(session: S, id: string, call: CallContext): Promise<Task | undefined>;
  /** Images, both or neither. Answers the prepared id when nothing is left to do. */
  prepareImage?(
    session: S,
    request: { readonly image: ImageSource },
    call: MutationContext,
  ): Promise<{ readonly preparedId?: string; readonly task?: Task | undefined }>;
  /** Undefined: asked, and not prepared. */
  describeImage?(
    session: S,
    request: { readonly owner: Owner; readonly image: ImageSource },
    call: CallContext,
  ): Promise<PreparedImage | undefined>;
}

/** An implementation whose session type is nobody's business. */
export type AnyImplementation = ProviderImplementation<unknown, z.ZodType | undefined>;
