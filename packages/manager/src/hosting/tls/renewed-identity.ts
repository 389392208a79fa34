import type { Clock, Logger } from '@virtrigaud/kube-runtime';
import type { Identity, Purpose, RuntimeAuthority } from './runtime-authority.ts';

/** How soon a renewal that failed is tried again, in milliseconds. */
const retryMs = 60_000;

/** Settings of {@link RenewedIdentity}. */
export interface RenewedIdentityOptions {
  readonly authority: RuntimeAuthority;
  readonly name: string;
  readonly purpose: Purpose;
  /** How long each certificate is good for; it is renewed when half of that is over. */
  readonly lifetimeMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Takes each new identity before it is the current one: writes it where it is read. */
  readonly publish: (identity: Identity) => Promise<void>;
  /** Told, for each that is in use from now on, when it expires. */
  readonly expires: (at: Date) => void;
}

/** An identity that is renewed in time for as long as it is held. */
export class RenewedIdentity {
  readonly #options: RenewedIdentityOptions;
  #current: Identity;
  #cancel: () => void = () => undefined;
  #closed = false;

  private constructor(options: RenewedIdentityOptions, first: Identity) {
    this.#options = options;
    this.#current = first;
    this.#renewLater(options.lifetimeMs / 2);
  }

  /** Issues the first certificate. */
  static async create(options: RenewedIdentityOptions): Promise<RenewedIdentity> {
    const atMs = options.clock.epochMs() + options.lifetimeMs;
    const first = await issue(options);
    await options.publish(first);
    options.expires(new Date(atMs));
    return new RenewedIdentity(options, first);
  }

  get current(): Identity {
    return this.#current;
  }

  /** Ends the renewals. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  #renewLater(delayMs: number): void {
    if (this.#closed) return;
    this.#cancel = this.#options.clock.schedule(delayMs, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const { lifetimeMs, clock, logger, name, publish, expires } = this.#options;
    const atMs = clock.epochMs() + lifetimeMs;
    try {
      const next = await issue(this.#options);
      if (this.#closed) return;
      await publish(next);
      this.#current = next;
      expires(new Date(atMs));
      logger.info('certificate renewed', { name });
      this.#renewLater(lifetimeMs / 2);
    } catch (error) {
      logger.error('certificate not renewed; tried again', { name, error });
      this.#renewLater(Math.min(retryMs, lifetimeMs / 10));
    }
  }
}

function issue({ authority, name, purpose, lifetimeMs, clock }: RenewedIdentityOptions): Promise<Identity> {
  return authority.issue({ name, purpose, lifetimeMs, nowMs: clock.epochMs() });
}
