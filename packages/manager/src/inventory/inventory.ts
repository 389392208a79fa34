import type { Gone, VirtualMachineState } from '@virtrigaud/grpc-contract/client';
import type { Remote, Unconfirmed } from './remote.ts';

/** What is known of one stamp. */
interface Entry {
  vm: VirtualMachineState | undefined;
  /** A Describe said VM_ABSENT, and nothing has said otherwise since. */
  absent: boolean;
  doubt: Unconfirmed | undefined;
  /** Counts what happened to it, so that an answer that began earlier is recognised as old. */
  touches: number;
  hints: number;
  upserts: number;
  /** No object of ours has this uid: nobody looks for it, so that the stream alone says how it is. */
  unowned: boolean;
}

/** Names one Describe that has begun. */
export interface DescribeToken {
  readonly uid: string;
  readonly touches: number;
  readonly hints: number;
  readonly upserts: number;
}

/** Whether the stream can be believed right now. */
export type InventoryHealth =
  | { readonly kind: 'Listing' }
  | { readonly kind: 'Live' }
  | { readonly kind: 'Lost'; readonly why: string; readonly sinceMs: number };

/** Whom the inventory tells. */
export interface InventoryListener {
  /** Something about this VM changed. */
  changed(uid: string): void;
  /** No VM that was seen bears this name on the hypervisor any more, as far as is known. */
  nameFreed(name: string): void;
  /** {@link Inventory.health} changed. */
  healthChanged(): void;
  /** All that is known was confirmed just now. */
  confirmed(): void;
}

/**
 * What one Provider's hypervisor holds, as far as the WatchVMs stream and Describe have said. No I/O, no clock.
 *
 * An upsert or a Describe confirms an entry; a lost stream, a list that lacks it, a hint that it is gone, or a mutation of ours
 * makes it doubtful; only a Describe says that something is absent.
 */
export class Inventory {
  readonly #entries = new Map<string, Entry>();
  /** Whose stamp each carrier bore when it was seen last. */
  readonly #uidById = new Map<string, string>();
  readonly #unowned = new Set<string>();
  readonly #listener: InventoryListener;
  /** Stamps seen since the present list began; undefined when no list is under way. */
  #listing: Set<string> | undefined = new Set();
  #everListed = false;
  #lost: { readonly why: string; readonly sinceMs: number } | undefined;
  #version = 0;
  #losses = 0;

  constructor(listener: InventoryListener) {
    this.#listener = listener;
  }

  /** Grows with every change: for memos. */
  get version(): number {
    return this.#version;
  }

  get health(): InventoryHealth {
    if (this.#lost) return { kind: 'Lost', ...this.#lost };
    return this.#listing || !this.#everListed ? { kind: 'Listing' } : { kind: 'Live' };
  }

  /** How often {@link isMissing} may have become true of one since the beginning: never too low. */
  get losses(): number {
    return this.#losses;
  }

  /** What is known of the VM that bears this uid. */
  remote(uid: string): Remote {
    const entry = this.#entries.get(uid);
    const last = entry?.vm;
    if (!this.#everListed) return { kind: 'Unknown', why: 'NotListed', last };
    if (this.#lost) return { kind: 'Unknown', why: 'StreamLost', last };
    if (!entry) return { kind: 'Unknown', why: 'MissingFromList', last };
    if (entry.doubt) return { kind: 'Unknown', why: entry.doubt, last };
    if (entry.vm) return { kind: 'Present', vm: entry.vm };
    return { kind: 'Absent', by: entry.absent ? 'Describe' : 'List' };
  }

  /** What was seen last, believed or not. */
  last(uid: string): VirtualMachineState | undefined {
    return this.#entries.get(uid)?.vm;
  }

  /** Whether the entry speaks for the VM being gone: hinted, missing from a list, or confirmed absent. */
  isMissing(uid: string): boolean {
    const entry = this.#entries.get(uid);
    if (!entry) return this.#everListed;
    return entry.absent || entry.doubt === 'Gone' || entry.doubt === 'MissingFromList';
  }

  upsert(vm: VirtualMachineState): void {
    const uid = vm.owner?.uid;
    if (!uid) return;
    const entry = this.#entry(uid);
    const second = entry.vm !== undefined && entry.vm.id !== vm.id && entry.doubt === undefined;
    const same = entry.vm?.revision === vm.revision && vm.revision !== '' && entry.doubt === undefined && !second;
    entry.upserts += 1;
    this.#listing?.add(uid);
    if (same && !entry.absent) return;
    const before = entry.vm?.name;
    this.#see(uid, entry, vm);
    if (before !== undefined && before !== vm.name) this.#listener.nameFreed(before);
    entry.absent = false;
    // What was touched stays doubtful: this may have been sent before the mutation took effect.
    if (second) entry.doubt = 'SecondCarrier';
    else if (entry.doubt !== 'Touched') entry.doubt = undefined;
    this.#changed(uid);
  }

  gone({ id, owner }: Gone): void {
    const uid = owner?.uid ?? this.#uidById.get(id);
    const entry = uid === undefined ? undefined : this.#entries.get(uid);
    if (uid === undefined || !entry || (entry.vm && id !== '' && entry.vm.id !== id)) return;
    const { vm } = entry;
    this.#isGone(uid, entry);
    if (vm) this.#listener.nameFreed(vm.name);
  }

  /** A full list begins: what is known is doubtful until it is named again. */
  resync(): void {
    this.#listing = new Set();
    this.#version += 1;
    this.#listener.healthChanged();
  }

  /** All that happened before it has been sent. Ends a list, and undoes what a silence had put in doubt. */
  bookmark(initialListDone: boolean): void {
    const before = this.health.kind;
    this.#lost = undefined;
    if (this.#listing && initialListDone) this.#finishList(this.#listing);
    if (this.health.kind === 'Live') this.#listener.confirmed();
    if (this.health.kind === before) return;
    this.#version += 1;
    this.#listener.healthChanged();
  }

  /** Nothing can be believed until the next bookmark. The first reason, and its time, stay. */
  lose(why: string, sinceMs: number): void {
    if (this.#lost) return;
    this.#lost = { why, sinceMs };
    this.#version += 1;
    this.#listener.healthChanged();
  }

  /** A uid was bound just now: nothing was sent for it, so the list speaks for it. No effect on a known uid. */
  bound(uid: string): void {
    if (this.#entries.has(uid) || !this.#everListed) return;
    this.#entry(uid);
    this.#version += 1;
  }

  /** A mutation, or its task, may have changed the VM: only a Describe that begins now can tell. */
  touch(uid: string): void {
    const entry = this.#owned(uid);
    entry.touches += 1;
    entry.doubt = 'Touched';
    this.#version += 1;
  }

  /** Call before a Describe is sent. */
  describing(uid: string): DescribeToken {
    const entry = this.#owned(uid);
    entry.doubt ??= entry.vm || entry.absent ? undefined : 'MissingFromList';
    if (entry.doubt === 'MissingFromList') this.#losses += 1;
    return { uid, touches: entry.touches, hints: entry.hints, upserts: entry.upserts };
  }

  /** Call with a Describe's answer; undefined: VM_ABSENT. What happened meanwhile outweighs it. */
  described(token: DescribeToken, vm: VirtualMachineState | undefined): void {
    const entry = this.#entry(token.uid);
    if (entry.touches !== token.touches) return;
    // A hint that it is gone agrees with an absence, and contradicts what was seen before it.
    if (vm && entry.hints !== token.hints) return;
    const seenMeanwhile = entry.upserts !== token.upserts;
    if (vm && !seenMeanwhile) this.#see(token.uid, entry, vm);
    if (!vm && seenMeanwhile) {
      // The stream showed it while the answer was under way: one of them is old, so ask again.
      entry.doubt = 'Touched';
      entry.touches += 1;
    } else {
      entry.doubt = undefined;
      entry.absent = vm === undefined;
      if (!vm) this.#losses += 1;
      const before = entry.vm?.name;
      if (!vm) this.#see(token.uid, entry, undefined);
      if (!vm && before !== undefined) this.#listener.nameFreed(before);
    }
    this.#version += 1;
  }

  /** No object has this uid, or none any more. What is seen of it stays known until the hypervisor says that it is gone. */
  forget(uid: string): void {
    const entry = this.#entries.get(uid);
    if (!entry || (entry.unowned && !this.isMissing(uid))) return;
    this.#version += 1;
    if (!entry.vm || this.isMissing(uid)) {
      this.#drop(uid);
      return;
    }
    entry.unowned = true;
    this.#unowned.add(uid);
    // Nobody asks for it any more: what a mutation of ours did to it is told by the stream.
    if (entry.doubt === 'Touched') entry.doubt = undefined;
  }

  /** The VMs that are there beyond doubt, and were forgotten: see {@link forget}. */
  unowned(): readonly VirtualMachineState[] {
    return [...this.#unowned].flatMap((uid) => {
      const remote = this.remote(uid);
      return remote.kind === 'Present' ? [remote.vm] : [];
    });
  }

  /** The stamps of all VMs that are or were seen. */
  uids(): readonly string[] {
    return [...this.#entries.keys()];
  }

  #finishList(seen: Set<string>): void {
    this.#listing = undefined;
    this.#everListed = true;
    for (const [uid, entry] of this.#entries) {
      if (seen.has(uid) || entry.absent) continue;
      if (entry.unowned) {
        this.#drop(uid);
        this.#changed(uid);
        continue;
      }
      entry.hints += 1;
      entry.doubt = 'MissingFromList';
      this.#losses += 1;
      this.#changed(uid);
    }
  }

  #entry(uid: string): Entry {
    const known = this.#entries.get(uid);
    if (known) return known;
    const entry: Entry = {
      vm: undefined,
      absent: false,
      doubt: undefined,
      touches: 0,
      hints: 0,
      upserts: 0,
      unowned: false,
    };
    this.#entries.set(uid, entry);
    return entry;
  }

  /** The entry of a uid that somebody works with. */
  #owned(uid: string): Entry {
    const entry = this.#entry(uid);
    entry.unowned = false;
    this.#unowned.delete(uid);
    return entry;
  }

  #see(uid: string, entry: Entry, vm: VirtualMachineState | undefined): void {
    const former = entry.vm?.id;
    if (former !== undefined && this.#uidById.get(former) === uid) this.#uidById.delete(former);
    entry.vm = vm;
    if (!vm) return;
    // Machines that have no id yet are not one another.
    if (vm.id === '') return;
    const other = this.#uidById.get(vm.id);
    this.#uidById.set(vm.id, uid);
    const robbed = other === undefined ? undefined : this.#entries.get(other);
    // A carrier bears one stamp: who bore another before has lost it.
    if (other !== undefined && robbed?.vm?.id === vm.id) this.#isGone(other, robbed);
  }

  #isGone(uid: string, entry: Entry): void {
    if (entry.unowned) this.#drop(uid);
    else {
      entry.hints += 1;
      if (!entry.absent) entry.doubt = 'Gone';
      this.#losses += 1;
    }
    this.#changed(uid);
  }

  #drop(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry) this.#see(uid, entry, undefined);
    this.#entries.delete(uid);
    this.#unowned.delete(uid);
    this.#losses += 1;
  }

  #changed(uid: string): void {
    this.#version += 1;
    this.#listener.changed(uid);
  }
}
