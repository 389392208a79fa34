import { Code, Reason } from '@virtrigaud/grpc-contract/server';
import type { Logger } from '@virtrigaud/service-kit';
import { asContractError, hypervisorUnreachable, ProviderError } from '../provider-error.ts';
import { backOffMs, pause } from './back-off.ts';

/** A session with the hypervisor, and how long it lasts. */
export interface Session<S> {
  readonly value: S;
  /** Aborts when the session is lost or replaced. */
  readonly ended: AbortSignal;
}

/** How sessions are made and unmade. */
export interface SessionKeeperOptions<S> {
  readonly connect: (signal: AbortSignal, lost: (error: unknown) => void) => Promise<S>;
  readonly disconnect: (session: S) => Promise<void>;
  readonly logger: Logger;
  /** Aborting it ends all. */
  readonly signal: AbortSignal;
  readonly connectTimeoutMs?: number;
}

interface Held<S> extends Session<S> {
  readonly end: AbortController;
  uses: number;
  retired: boolean;
}

const STABLE_AFTER_MS = 10_000;
const RECONNECT = { firstMs: 250, mostMs: 30_000 };
/** Rejected credentials are tried again slowly: each try may count towards a lock-out. */
const REJECTED = { firstMs: 60_000, mostMs: 600_000 };

/**
 * Keeps one session with the hypervisor: made once for all who wait, made again with back-off when it is lost, replaced when the
 * credentials change. A replaced session is closed when its last user has left.
 */
export class SessionKeeper<S> {
  readonly #options: SessionKeeperOptions<S>;
  readonly #connected = new Set<(session: Session<S>) => void>();
  #held: Held<S> | undefined;
  #connecting: Promise<Held<S>> | undefined;
  #failure: ProviderError | undefined;
  #retryNow = new AbortController();

  constructor(options: SessionKeeperOptions<S>) {
    this.#options = options;
  }

  /** What keeps it from being connected; undefined while it is. */
  get failure(): ProviderError | undefined {
    return this.#held ? undefined : (this.#failure ?? hypervisorUnreachable('not connected yet'));
  }

  /** Calls back with the session that is there and each that follows; the returned function ends that. */
  onConnected(listener: (session: Session<S>) => void): () => void {
    this.#connected.add(listener);
    if (this.#held) listener(this.#held);
    return () => {
      this.#connected.delete(listener);
    };
  }

  /** Stays connected until the options' signal aborts. Resolves then, with every session closed; never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        const held = this.#held ?? (await this.#connect());
        const connectedAt = performance.now();
        await ended(AbortSignal.any([held.ended, signal]));
        // A session that breaks at once is a failed attempt, and must not be made again in a tight loop.
        if (performance.now() - connectedAt > STABLE_AFTER_MS) attempt = 0;
      } catch (error) {
        this.#options.logger.warn('cannot connect to the hypervisor', { attempt, error });
      }
      if (signal.aborted) break;
      if (this.#held) continue;
      const rejected = this.#failure?.reason === Reason.CredentialsRejected;
      this.#retryNow = new AbortController();
      await pause(
        backOffMs(attempt, rejected ? REJECTED : RECONNECT),
        AbortSignal.any([signal, this.#retryNow.signal]),
      );
    }
    if (this.#held) this.#retire(this.#held);
  }

  /**
   * Uses the session, connecting first when there is none; many who wait share one attempt.
   *
   * @throws ProviderError UNAVAILABLE, HYPERVISOR_UNREACHABLE or UNAUTHENTICATED when there is none to be had.
   */
  async use<T>(work: (session: S) => Promise<T>): Promise<T> {
    // While a rejection is known, nobody's call tries the password again.
    if (this.#failure?.reason === Reason.CredentialsRejected && !this.#held) throw this.#failure;
    const held = this.#held ?? (await this.#connect());
    held.uses += 1;
    try {
      return await work(held.value);
    } finally {
      held.uses -= 1;
      this.#closeIfIdle(held);
    }
  }

  /** Makes a new session and drains the old one: credentials have changed. The old one stays when the new one fails. */
  async replace(): Promise<void> {
    const old = this.#held;
    this.#failure = undefined;
    this.#retryNow.abort();
    if (!old) return;
    this.#held = undefined;
    try {
      await this.#connect();
      this.#retire(old);
    } catch (error) {
      this.#held = old;
      throw error;
    }
  }

  #connect(): Promise<Held<S>> {
    this.#connecting ??= this.#attempt().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #attempt(): Promise<Held<S>> {
    const { connect, signal, connectTimeoutMs = 30_000 } = this.#options;
    const end = new AbortController();
    try {
      const value = await connect(AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)]), (error) => {
        this.lose({ ended: end.signal }, error);
      });
      const held: Held<S> = { value, ended: end.signal, end, uses: 0, retired: false };
      this.#held = held;
      this.#failure = undefined;
      for (const listener of this.#connected) listener(held);
      return held;
    } catch (error) {
      this.#failure = asFailure(error);
      throw this.#failure;
    }
  }

  /** Takes note that a session no longer works; one that was replaced meanwhile changes nothing. */
  lose(session: Pick<Session<S>, 'ended'>, error: unknown): void {
    const held = this.#held;
    if (held?.ended !== session.ended) return;
    this.#failure = asFailure(error);
    this.#options.logger.warn('the session with the hypervisor was lost', { error });
    this.#retire(held);
  }

  #retire(held: Held<S>): void {
    if (this.#held === held) this.#held = undefined;
    held.retired = true;
    held.end.abort();
    this.#closeIfIdle(held);
  }

  #closeIfIdle(held: Held<S>): void {
    if (!held.retired || held.uses > 0) return;
    held.retired = false;
    this.#options.disconnect(held.value).catch((error: unknown) => {
      this.#options.logger.warn('a session with the hypervisor did not close', { error });
    });
  }
}

/** What a failed attempt means to a caller: bad credentials, or out of reach; never absence. */
function asFailure(error: unknown): ProviderError {
  if (error instanceof ProviderError) {
    if (error.code === Code.UNAUTHENTICATED || error.reason === Reason.HypervisorUnreachable) return error;
    if (error.code === Code.PERMISSION_DENIED || error.code === Code.INVALID_ARGUMENT) return error;
    if (error.code === Code.FAILED_PRECONDITION) return error;
  }
  return hypervisorUnreachable(asContractError(error).message, error);
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}
