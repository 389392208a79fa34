import { isNotFound } from '../api/api-error.ts';
import { objectKey } from '../api/kube-object.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { silentLogger } from '../ports/logger.ts';
import { sleep } from '../ports/sleep.ts';
import { systemClock, systemRandom } from '../ports/system-clock.ts';
import { HeldLease } from './held-lease.ts';
import type { LeaderCallbacks, LeaderElector, LeaderElectorOptions, Leadership } from './leader-elector.ts';
import { LeaseObserver } from './lease-observer.ts';
import { acquiredSpec, microTime } from './lease-record.ts';
import type { Lease } from './lease-resource.ts';

/**
 * A candidate for leadership, by a Lease, as all of Kubernetes does it, with a term for fencing.
 *
 * @throws RangeError for times that cannot work together.
 */
export function createLeaderElector(options: LeaderElectorOptions): LeaderElector {
  return new LeaseElector(options);
}

/** The share of each wait that is left to chance, so that candidates do not march in step. */
const JITTER = 0.2;

class LeaseElector implements LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryMs: number;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(options: LeaderElectorOptions) {
    this.#options = options;
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryMs = options.retryMs ?? 2_000;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#logger = options.logger ?? silentLogger;
    this.#fields = { lease: objectKey(options), identity: options.identity };
    this.#checkTimes();
  }

  async run(callbacks: LeaderCallbacks, signal: AbortSignal): Promise<'stopped' | 'lost'> {
    const held = await this.#acquire(signal);
    if (held === undefined) return 'stopped';
    this.#logger.info('Leads', { ...this.#fields, term: held.term });
    this.#options.metrics?.leading(this.#options.name, true);
    return this.#lead(held, callbacks, signal);
  }

  async #acquire(signal: AbortSignal): Promise<HeldLease | undefined> {
    const observer = new LeaseObserver(this.#clock);
    while (!signal.aborted) {
      try {
        const held = await this.#tryAcquire(observer, signal);
        if (held !== undefined) return held;
      } catch (error) {
        if (!signal.aborted) this.#logger.warn('Could not acquire the Lease', { ...this.#fields, error });
      }
      await sleep(this.#clock, this.#jittered(), signal);
    }
    return undefined;
  }

  async #tryAcquire(observer: LeaseObserver, signal: AbortSignal): Promise<HeldLease | undefined> {
    const { client, namespace, name, identity } = this.#options;
    const timeoutMs = this.#renewDeadlineMs;
    const rate = 'exempt';
    const lease = await client.get(objectKey({ namespace, name }), { signal, timeoutMs, rate }).catch(absentIfNotFound);
    // Ours by a write whose answer was lost, or for the taking.
    if (lease !== undefined && lease.spec?.holderIdentity !== identity && !observer.mayTake(lease)) return undefined;
    const sentMs = this.#clock.monotonicMs();
    const claim = { identity, leaseDurationMs: this.#leaseDurationMs, now: microTime(this.#clock) };
    const spec = acquiredSpec(lease?.spec, claim);
    const write = { timeoutMs, rate, fieldManager: 'leader-election' } as const;
    // Not ended by `signal`: a Lease that is taken must be known to be, to be released.
    const taken =
      lease === undefined
        ? await client.create(
            { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name }, spec },
            write,
          )
        : await client.mergePatch(objectKey(lease.metadata), { spec }, { ...write, preconditions: identityOf(lease) });
    return new HeldLease(
      { client, identity, leaseDurationMs: this.#leaseDurationMs, clock: this.#clock },
      taken,
      sentMs,
    );
  }

  async #lead(held: HeldLease, callbacks: LeaderCallbacks, signal: AbortSignal): Promise<'stopped' | 'lost'> {
    const lost = new AbortController();
    let isReleased = true;
    const leadership = this.#leadership(held, {
      signal: AbortSignal.any([signal, lost.signal]),
      lost: lost.signal,
      leaveToExpire: () => {
        isReleased = false;
      },
    });
    const worked = new AbortController();
    const work = callLater(() => callbacks.onStartedLeading(leadership)).finally(() => worked.abort());
    const outcome = work.then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    await this.#keep(held, lost, worked.signal);
    const failed = await outcome;
    if (!lost.signal.aborted) {
      if (isReleased) await this.#release(held);
      else this.#logger.info('The Lease is left to expire', this.#fields);
      held.giveUp();
      this.#options.metrics?.leading(this.#options.name, false);
    }
    callbacks.onStoppedLeading?.();
    if (failed !== undefined) throw failed.error;
    return lost.signal.aborted ? 'lost' : 'stopped';
  }

  #leadership(
    held: HeldLease,
    { signal, lost, leaveToExpire }: Pick<Leadership, 'signal' | 'lost' | 'leaveToExpire'>,
  ): Leadership {
    const timeoutMs = this.#renewDeadlineMs;
    return {
      get term() {
        return held.term;
      },
      signal,
      lost,
      remainingMs: () => held.remainingMs(),
      raiseTermAbove: (term) => held.raiseTermAbove(term, { timeoutMs, signal: lost }),
      leaveToExpire,
    };
  }

  /** Renews until the work is done or leadership is lost. */
  async #keep(held: HeldLease, lost: AbortController, worked: AbortSignal): Promise<void> {
    const end = AbortSignal.any([worked, lost.signal]);
    const cancelTimer = this.#loseInTime(held, lost);
    while (!end.aborted) {
      await sleep(this.#clock, this.#jittered(), end);
      if (end.aborted) break;
      await this.#renew(held, lost.signal);
      if (held.remainingMs() === 0) this.#lose(held, lost, 'The Lease was taken by another or deleted');
    }
    cancelTimer();
  }

  async #renew(held: HeldLease, lost: AbortSignal): Promise<void> {
    try {
      await held.renew({ timeoutMs: this.#renewDeadlineMs, signal: lost });
    } catch (error) {
      if (lost.aborted) return;
      this.#logger.warn('Could not renew the Lease', { ...this.#fields, error, remainingMs: held.remainingMs() });
    }
  }

  /** Loses leadership while nobody else can have it yet, whatever hangs meanwhile. @returns what ends that. */
  #loseInTime(held: HeldLease, lost: AbortController): () => void {
    const marginMs = this.#leaseDurationMs - this.#renewDeadlineMs;
    let cancel = (): void => undefined;
    const look = (): void => {
      const leftMs = held.remainingMs() - marginMs;
      if (leftMs > 0) cancel = this.#clock.schedule(leftMs, look);
      else this.#lose(held, lost, 'The Lease could not be renewed in time');
    };
    look();
    return () => cancel();
  }

  #lose(held: HeldLease, lost: AbortController, why: string): void {
    if (lost.signal.aborted) return;
    held.giveUp();
    this.#options.metrics?.leading(this.#options.name, false);
    this.#logger.error('Leads no more', { ...this.#fields, term: held.term, why });
    lost.abort(new Error(why));
  }

  async #release(held: HeldLease): Promise<void> {
    try {
      await held.release({ timeoutMs: this.#renewDeadlineMs });
      this.#logger.info('Released the Lease', this.#fields);
    } catch (error) {
      this.#logger.warn('Could not release the Lease: others wait until it expires', { ...this.#fields, error });
    }
  }

  #jittered(): number {
    return this.#retryMs * (1 - JITTER * this.#random());
  }

  #checkTimes(): void {
    const inOrder = this.#retryMs < this.#renewDeadlineMs && this.#renewDeadlineMs < this.#leaseDurationMs;
    if (inOrder && this.#leaseDurationMs % 1000 === 0) return;
    throw new RangeError('An election needs retryMs < renewDeadlineMs < leaseDurationMs, the last in whole seconds');
  }
}

function absentIfNotFound(error: unknown): undefined {
  if (isNotFound(error)) return undefined;
  throw error;
}

function identityOf({ metadata: { uid, resourceVersion } }: Lease): {
  uid: string | undefined;
  resourceVersion: string | undefined;
} {
  return { uid, resourceVersion };
}

/** So that what throws at once is a rejection like any other. */
async function callLater(call: () => Promise<void>): Promise<void> {
  await call();
}
