import type { Clock } from '../ports/clock.ts';
import { isHeld } from './lease-record.ts';
import type { Lease } from './lease-resource.ts';

/**
 * Watches for how long a Lease has not changed, by the own clock: the clocks of two machines need not agree.
 */
export class LeaseObserver {
  readonly #clock: Clock;
  #seen: { readonly version: string | undefined; readonly atMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes note of the Lease. @returns whether it may be taken: nobody holds it, or its holder is silent too long. */
  mayTake(lease: Lease): boolean {
    const version = lease.metadata.resourceVersion;
    const nowMs = this.#clock.monotonicMs();
    if (this.#seen?.version !== version) this.#seen = { version, atMs: nowMs };
    if (!isHeld(lease)) return true;
    const patienceMs = (lease.spec?.leaseDurationSeconds ?? 0) * 1000;
    return nowMs - (this.#seen?.atMs ?? nowMs) >= patienceMs;
  }
}
