import { ApiError, isNotFound } from '../api/api-error.ts';
import { objectKey } from '../api/kube-object.ts';
import type { CallOptions, ResourceClient } from '../api/resource-client.ts';
import type { Clock } from '../ports/clock.ts';
import { microTime, nextTerm, termOf } from './lease-record.ts';
import type { Lease, LeaseSpec } from './lease-resource.ts';

/** What {@link HeldLease} needs. */
export interface HeldLeaseOptions {
  readonly client: ResourceClient<Lease>;
  readonly identity: string;
  readonly leaseDurationMs: number;
  readonly clock: Clock;
}

/** A Lease that is ours, and the writes to it, one at a time. */
export class HeldLease {
  readonly #options: HeldLeaseOptions;
  #lease: Lease;
  /** Before this, nobody else takes it: counted from before our last successful write was sent. */
  #safeUntilMs: number;
  #lastWrite: Promise<unknown> = Promise.resolve();
  #over = false;

  constructor(options: HeldLeaseOptions, lease: Lease, writtenMs: number) {
    this.#options = options;
    this.#lease = lease;
    this.#safeUntilMs = writtenMs + options.leaseDurationMs;
  }

  get term(): number {
    return termOf(this.#lease.spec);
  }

  remainingMs(): number {
    return this.#over ? 0 : Math.max(0, this.#safeUntilMs - this.#options.clock.monotonicMs());
  }

  /** Nothing is safe any more. */
  giveUp(): void {
    this.#over = true;
  }

  /** @throws {@link ApiError}; a conflict or an absence means that the Lease is lost. */
  renew(call: CallOptions): Promise<void> {
    return this.#write(() => ({}), call);
  }

  /** Raises the term above `term` if it is not. */
  async raiseTermAbove(term: number, call: CallOptions): Promise<number> {
    if (this.term > term) return this.term;
    await this.#write(() => (this.term > term ? {} : { leaseTransitions: nextTerm(term) }), call);
    return this.term;
  }

  /** Lets others take it at once. */
  async release(call: CallOptions): Promise<void> {
    await this.#write(() => ({ holderIdentity: '', leaseDurationSeconds: 1 }), call);
    this.#over = true;
  }

  /** Writes wait for each other, so that each knows the resourceVersion that the one before left. */
  #write(change: () => LeaseSpec, call: CallOptions): Promise<void> {
    const write = this.#lastWrite.then(() => this.#writeNow(change, call));
    this.#lastWrite = write.catch(() => undefined);
    return write;
  }

  async #writeNow(change: () => LeaseSpec, call: CallOptions): Promise<void> {
    const { client, clock, leaseDurationMs } = this.#options;
    if (this.#over) throw new ApiError('Cancelled', 'The Lease is not ours any more');
    const sentMs = clock.monotonicMs();
    const { metadata } = this.#lease;
    const preconditions = { uid: metadata.uid, resourceVersion: metadata.resourceVersion };
    try {
      this.#lease = await client.mergePatch(
        objectKey(metadata),
        { spec: { renewTime: microTime(clock), ...change() } },
        { ...call, rate: 'exempt', preconditions, fieldManager: 'leader-election' },
      );
    } catch (error) {
      await this.#lookAgain(error, call);
      throw error;
    }
    this.#safeUntilMs = sentMs + leaseDurationMs;
  }

  /**
   * After a write whose answer was lost, or that somebody's annotation beat: the Lease is still ours if it says so, and
   * the next write goes on from what it is now. Where it cannot be read, the next renewal will tell.
   */
  async #lookAgain(error: unknown, call: CallOptions): Promise<void> {
    if (isNotFound(error)) {
      this.giveUp();
      return;
    }
    const { client, identity } = this.#options;
    const { metadata } = this.#lease;
    const now = await client.get(objectKey(metadata), { ...call, rate: 'exempt' }).catch(() => undefined);
    if (now === undefined) return;
    const ours = now.metadata.uid === metadata.uid && now.spec?.holderIdentity === identity;
    if (ours) this.#lease = now;
    else this.giveUp();
  }
}
