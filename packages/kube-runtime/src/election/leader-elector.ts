import type { ResourceClient } from '../api/resource-client.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { LeaderMetrics } from '../ports/metrics.ts';
import type { Lease } from './lease-resource.ts';

/** Settings of {@link createLeaderElector}. */
export interface LeaderElectorOptions {
  /** `resource(transport, leaseResource)`. */
  readonly client: ResourceClient<Lease>;
  readonly namespace: string;
  readonly name: string;
  /** Different for every candidate and every start of one. */
  readonly identity: string;
  /** How long others wait for a silent leader. Whole seconds. Defaults to 15,000. */
  readonly leaseDurationMs?: number | undefined;
  /** A leader that could not renew for this long stops leading; less than the duration. Defaults to 10,000. */
  readonly renewDeadlineMs?: number | undefined;
  /** Between two attempts to acquire or renew. Defaults to 2,000. */
  readonly retryMs?: number | undefined;
  readonly logger?: Logger | undefined;
  readonly metrics?: LeaderMetrics | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** The right to lead, while it lasts. */
export interface Leadership {
  /** `spec.leaseTransitions` of our acquisition: higher than that of every leader before. */
  readonly term: number;
  /** Aborted when leading ends, by a stop or by loss: take no new work. */
  readonly signal: AbortSignal;
  /** Aborted when leadership is lost: another may lead already, so drop what runs. Not aborted by a stop. */
  readonly lost: AbortSignal;
  /** For how much longer nobody else can lead, in milliseconds; 0 once lost. */
  remainingMs(): number;
  /**
   * Raises the term above one that somebody has seen already (a Lease was deleted or restored).
   *
   * @returns the term, which is unchanged if it is higher.
   * @throws {@link ApiError} if the Lease could not be written.
   */
  raiseTermAbove(term: number): Promise<number>;
  /** Lets the Lease expire at the end, instead of releasing it: what was begun may go on until nobody else can lead any more. */
  leaveToExpire(): void;
}

/** What to do as the leader. */
export interface LeaderCallbacks {
  /** Leads until `lease.signal`; the Lease is renewed until the promise settles. Rejecting ends leadership. */
  onStartedLeading(lease: Leadership): Promise<void>;
  /** Called once per leadership, after it ended. */
  onStoppedLeading?(): void;
}

/** A candidate. */
export interface LeaderElector {
  /**
   * Waits for leadership, leads, and returns when it ended; call it again to be a candidate again.
   *
   * @returns `stopped`: by `signal` or because `onStartedLeading` returned; the Lease is released. `lost`: others may
   * lead, and `onStartedLeading` has returned.
   * @throws what `onStartedLeading` rejected with, after the release.
   */
  run(callbacks: LeaderCallbacks, signal: AbortSignal): Promise<'stopped' | 'lost'>;
}
