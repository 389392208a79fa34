import { ApiError } from '../api/api-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Lease, LeaseSpec } from './lease-resource.ts';

/** The largest term: leaseTransitions is an int32. */
export const MAX_TERM = 2 ** 31 - 1;

/** What a candidate writes into the Lease when it takes it. */
export function acquiredSpec(previous: LeaseSpec | undefined, ours: Claim): LeaseSpec {
  return {
    holderIdentity: ours.identity,
    leaseDurationSeconds: ours.leaseDurationMs / 1000,
    acquireTime: ours.now,
    renewTime: ours.now,
    leaseTransitions: nextTerm(termOf(previous)),
  };
}

/** Who takes the Lease. */
export interface Claim {
  readonly identity: string;
  readonly leaseDurationMs: number;
  /** As {@link microTime} writes it. */
  readonly now: string;
}

/** The term that a Lease records. A Lease that nobody ever held has term 0, which no leader has. */
export function termOf(spec: LeaseSpec | undefined): number {
  return spec?.leaseTransitions ?? 0;
}

/** The term after this one. @throws {@link ApiError} when there is none. */
export function nextTerm(term: number): number {
  if (term >= MAX_TERM) throw new ApiError('BadAnswer', `The Lease's term ${term} is the last: delete the Lease`);
  return term + 1;
}

/** Whether somebody holds the Lease, as far as it says. */
export function isHeld(lease: Lease): boolean {
  return !!lease.spec?.holderIdentity;
}

/** A time as Kubernetes' MicroTime. */
export function microTime(clock: Clock): string {
  return new Date(clock.epochMs()).toISOString().replace('Z', '000Z');
}
