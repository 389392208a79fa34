import { Code, Reason } from '@virtrigaud/grpc-contract/server';
import type { Logger } from '@virtrigaud/service-kit';
import { asContractError, hypervisorUnreachable, ProviderError } from '../provider-error.ts';
import { backOffMs, pause, type BackOffBounds } from './back-off.ts';

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
  /** How long an attempt may take, whether or not `connect` heeds its signal. 30 s unless told. */
  readonly connectTimeoutMs?: number;
  /** Bounds of the time between attempts. */
  readonly reconnect?: BackOffBounds;
  /** How long the end waits for sessions to close. 5 s unless told. */
  readonly closeTimeoutMs?: number;
}

interface Held<S> extends Session<S> {
  readonly end: AbortController;
  /** Which credentials it was made with: counted from 0, one more with each change. */
  readonly credentials: number;
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
  readonly #closing = new Set<Promise<void>>();
  #held: Held<S> | undefined;
  #connecting: Promise<Held<S>> | undefined;
  #failure: ProviderError | undefined;
  #retryNow = new AbortController();
  #isRetrying = false;
  #credentials = 0;

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

  /** Stays connected until the options' signal aborts. Resolves then, with every idle session closed; never rejects. */
  async run(): Promise<void> {
    const { signal, closeTimeoutMs = 5_000 } = this.#options;
    let failed = 0;
    while (!signal.aborted) {
      try {
        const held = this.#held ?? (await this.#connect());
        const connectedAt = performance.now();
        await ended(AbortSignal.any([held.ended, signal]));
        // A session that breaks at once is a failed attempt, and must not be made again in a tight loop.
        failed = this.#held || performance.now() - connectedAt > STABLE_AFTER_MS ? 0 : failed + 1;
      } catch (error) {
        this.#warn('cannot connect to the hypervisor', error);
        failed += 1;
      }
      if (!this.#held && failed > 0) await this.#wait(failed, this.#failure);
    }
    if (this.#held) this.#retire(this.#held);
    const closed = new AbortController();
    void Promise.all(this.#closing).then(() => {
      closed.abort();
    });
    await pause(closeTimeoutMs, closed.signal);
  }

  /**
   * Uses the session; many who wait for the first one share one attempt. While the next attempt is waited for, calls fail at once.
   *
   * @param work - is given the session, and a way to keep it open until what it began is over.
   * @throws ProviderError UNAVAILABLE, HYPERVISOR_UNREACHABLE or UNAUTHENTICATED when there is none to be had.
   */
  async use<T>(work: (session: S, keepOpen: (until: Promise<void>) => void) => Promise<T>): Promise<T> {
    if (!this.#held && !this.#connecting && this.#failure) throw this.#failure;
    const held = this.#held ?? (await this.#connect());
    const leave = (): void => {
      held.uses -= 1;
      this.#closeIfIdle(held);
    };
    held.uses += 1;
    try {
      return await work(held.value, (until) => {
        held.uses += 1;
        void until.then(leave, leave);
      });
    } finally {
      leave();
    }
  }

  /**
   * Makes a new session and drains the old one: credentials have changed. The old one serves meanwhile, and goes on when the new one
   * fails, which is tried again until it works.
   *
   * @throws ProviderError when the first attempt failed.
   */
  async replace(): Promise<void> {
    this.#credentials += 1;
    this.#failure = undefined;
    this.#retryNow.abort();
    if (!this.#held) return;
    try {
      await this.#connect();
    } catch (error) {
      if (!this.#isRetrying) void this.#retryReplacing(asFailure(error));
      throw error;
    }
  }

  async #retryReplacing(failure: ProviderError): Promise<void> {
    this.#isRetrying = true;
    for (let failed = 1; ; failed += 1) {
      await this.#wait(failed, failure);
      const isDone = this.#held?.credentials === this.#credentials;
      // Without a session, it is `run` that makes the next one.
      if (isDone || !this.#held || this.#options.signal.aborted) break;
      try {
        await this.#connect();
      } catch (error) {
        failure = asFailure(error);
        this.#warn('the new credentials do not work; the old session goes on', error);
      }
    }
    this.#isRetrying = false;
  }

  /** Waits before the next attempt, unless credentials change meanwhile. */
  async #wait(failed: number, failure: ProviderError | undefined): Promise<void> {
    const { signal, reconnect = RECONNECT } = this.#options;
    const bounds = failure?.reason === Reason.CredentialsRejected ? REJECTED : reconnect;
    if (this.#retryNow.signal.aborted) this.#retryNow = new AbortController();
    await pause(backOffMs(failed - 1, bounds), AbortSignal.any([signal, this.#retryNow.signal]));
  }

  #connect(): Promise<Held<S>> {
    this.#connecting ??= this.#attempt().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  /** Connects with the newest credentials, again where they changed meanwhile. */
  async #attempt(): Promise<Held<S>> {
    for (;;) {
      const credentials = this.#credentials;
      try {
        const made = await this.#open(credentials);
        if (credentials === this.#credentials) return this.#install(made);
        this.#retire(made);
      } catch (error) {
        if (credentials !== this.#credentials && !this.#options.signal.aborted) continue;
        const failure = asFailure(error);
        if (!this.#held) this.#failure = failure;
        throw failure;
      }
    }
  }

  /** Opens a session within the time for it, whether or not `connect` heeds its signal. */
  async #open(credentials: number): Promise<Held<S>> {
    const { connect, signal, connectTimeoutMs = 30_000 } = this.#options;
    const end = new AbortController();
    const attempt = AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)]);
    const opening = connect(attempt, (error) => {
      // A session may break before it was handed over: its signal then says so already.
      if (this.#held?.ended === end.signal) this.lose({ ended: end.signal }, error);
      else end.abort(error);
    }).then((value): Held<S> => ({ value, ended: end.signal, end, credentials, uses: 0, retired: false }));
    return Promise.race([opening, rejectedBy(attempt)]).catch((error: unknown) => {
      // What opens after all is nobody's.
      opening.then(
        (late) => {
          this.#retire(late);
        },
        () => undefined,
      );
      throw error;
    });
  }

  #install(held: Held<S>): Held<S> {
    if (held.ended.aborted) {
      this.#retire(held);
      throw hypervisorUnreachable('the session broke at once', held.ended.reason);
    }
    const old = this.#held;
    this.#held = held;
    this.#failure = undefined;
    for (const listener of this.#connected) listener(held);
    if (old) this.#retire(old);
    return held;
  }

  /** Takes note that a session no longer works; one that was replaced meanwhile changes nothing. */
  lose(session: Pick<Session<S>, 'ended'>, error: unknown): void {
    const held = this.#held;
    if (held?.ended !== session.ended) return;
    this.#failure = asFailure(error);
    this.#warn('the session with the hypervisor was lost', error);
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
    const closing = this.#options.disconnect(held.value).catch((error: unknown) => {
      this.#warn('a session with the hypervisor did not close', error);
    });
    this.#closing.add(closing);
    void closing.then(() => this.#closing.delete(closing));
  }

  /** One short line: it is repeated with every attempt, and people read it. The stack is a matter of debugging. */
  #warn(message: string, error: unknown): void {
    const { logger } = this.#options;
    logger.warn(message, { why: asContractError(error).message });
    logger.debug(message, { error });
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

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = (): void => {
      reject(new Error('connecting took too long, or the provider stops', { cause: signal.reason }));
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  });
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
