import type { Logger } from '@virtrigaud/service-kit';
import type { VirtualMachineState } from '@virtrigaud/grpc-contract/server';
import type { VmState } from '../domain/vm-state.ts';
import { encodeState } from '../wire/encode-state.ts';

/** One thing that happened, in the order in which it happened. */
export type InventoryEvent =
  | { readonly kind: 'Upsert'; readonly vm: VirtualMachineState; readonly was: VirtualMachineState | undefined }
  | { readonly kind: 'Gone'; readonly was: VirtualMachineState };

/** How the inventory is to be read right now. */
export type Freshness =
  | { readonly kind: 'Listing' }
  | { readonly kind: 'Fresh' }
  | { readonly kind: 'Stale'; readonly since: Date; readonly reason: string };

/** Events that a watcher who was away for a moment can catch up with. */
const RING_SIZE = 4096;

/** What the hypervisor holds, as last seen, and a numbered record of what changed. */
export class Inventory {
  readonly #vms = new Map<string, VirtualMachineState>();
  readonly #ring: InventoryEvent[] = [];
  readonly #wakers = new Set<() => void>();
  readonly #logger: Logger;
  #next = 0;
  #freshness: Freshness = { kind: 'Listing' };

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get freshness(): Freshness {
    return this.#freshness;
  }

  /** Number of the next event: what a watcher who has seen all stands at. */
  get position(): number {
    return this.#next;
  }

  /** Number of the oldest event that is still kept. */
  get oldest(): number {
    return this.#next - this.#ring.length;
  }

  /** Everything there is, as of now. */
  all(): readonly VirtualMachineState[] {
    return [...this.#vms.values()];
  }

  /** Revision of a VM as last seen; undefined for one that is not. */
  revisionOf(id: string): string | undefined {
    return this.#vms.get(id)?.revision;
  }

  /** Events from a number on; undefined when some of them are no longer kept. */
  since(position: number): readonly InventoryEvent[] | undefined {
    if (position < this.oldest || position > this.#next) return undefined;
    return this.#ring.slice(position - this.oldest);
  }

  /** Takes a VM's state; one that says nothing new changes nothing. */
  upsert(vm: VmState): void {
    const state = encodeState(vm);
    const was = this.#vms.get(state.id);
    if (was?.revision === state.revision) return;
    this.#vms.set(state.id, state);
    this.#record({ kind: 'Upsert', vm: state, was });
  }

  /** The VM is no longer seen. */
  gone(id: string): void {
    const was = this.#vms.get(id);
    if (!was) return;
    this.#vms.delete(id);
    this.#record({ kind: 'Gone', was });
  }

  /** Takes a full list: what it lacks is gone, but for what changed while it was made. */
  replaceAll(listed: ReadonlySet<string>, known: ReadonlySet<string>): void {
    for (const id of known) if (!listed.has(id)) this.gone(id);
    this.#set({ kind: 'Fresh' });
  }

  /** The hypervisor cannot be seen: what is known is the last known. */
  stale(reason: string): void {
    if (this.#freshness.kind === 'Stale') return;
    this.#logger.warn('the inventory is stale', { reason });
    this.#set({ kind: 'Stale', since: new Date(), reason });
  }

  /** Calls back when there is something to read; the returned function ends that. */
  onChange(wake: () => void): () => void {
    this.#wakers.add(wake);
    return () => {
      this.#wakers.delete(wake);
    };
  }

  #set(freshness: Freshness): void {
    const isNews = this.#freshness.kind !== freshness.kind;
    this.#freshness = freshness;
    // Who is woken for nothing says nothing, and waits for the heartbeat from the beginning: with lists often enough, for ever.
    if (isNews) this.#wake();
  }

  #record(event: InventoryEvent): void {
    this.#ring.push(event);
    if (this.#ring.length > RING_SIZE) this.#ring.shift();
    this.#next += 1;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#wakers) wake();
  }
}
