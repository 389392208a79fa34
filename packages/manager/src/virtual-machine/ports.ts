import type { VirtualMachineStatus } from '@virtrigaud/api-types';
import type { Clock, KubeObject } from '@virtrigaud/kube-runtime';
import type { Inventory } from '../inventory/inventory.ts';
import type { TaskBoard } from '../tasks/task-board.ts';
import type { ProviderChannel } from '../transport/provider-channel.ts';
import type { Failure } from '../transport/failure.ts';
import type { VmMemory } from './memory.ts';
import type { Observed } from './observed.ts';
import type { Note } from './outcome.ts';

/** A VirtualMachine as the API server sent it, not yet checked. */
export interface RawVirtualMachine extends KubeObject {
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** The way to one Provider: calls, what its hypervisor holds, and its tasks. */
export interface ProviderSite {
  readonly channel: ProviderChannel;
  readonly inventory: Inventory;
  readonly tasks: TaskBoard;
  /** The provider refused the credentials, or a right: the Provider is marked, so that not every VM tries in turn. */
  readonly refused: (failure: Failure) => void;
}

/** Writes to the API server; each under the uid and resourceVersion that were read, and shown by the store at once. */
export interface VmWrites {
  addFinalizer(seen: Observed): Promise<void>;
  removeFinalizer(seen: Observed): Promise<void>;
  /** No call if nothing differs. */
  writeStatus(seen: Observed, status: VirtualMachineStatus): Promise<void>;
}

/** What effects need. */
export interface ExecuteDeps {
  readonly site: (provider: { readonly namespace: string; readonly name: string }) => ProviderSite | undefined;
  readonly writes: VmWrites;
  readonly memory: VmMemory;
  readonly clock: Clock;
  readonly note: (seen: Observed, note: Note) => void;
  readonly clusterId: string;
  /** `spec.leaseTransitions` of our leadership. */
  readonly term: () => number;
  /** An endpoint has seen a newer leader. */
  readonly staleTerm: () => void;
  /** Wakes this VM's key. */
  readonly wake: (seen: Observed) => void;
  /** What it was to be made from was not there: the image is looked for anew, whatever was known of it. */
  readonly imageDoubted: (seen: Observed) => void;
  /** A change that came from a class or network reaches this VM now. */
  readonly rolloutBegins: (seen: Observed) => void;
  readonly taskFinished: (
    seen: Observed,
    task: { readonly kind: string; readonly outcome: 'succeeded' | 'failed' | 'cancelled'; readonly seconds: number },
  ) => void;
}

/** One reconcile's own. */
export interface ExecuteContext {
  readonly correlationId: string;
  readonly signal: AbortSignal;
}
