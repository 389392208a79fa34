import { createHash } from 'node:crypto';
import { mutualTls, type ChannelCredentials } from '@virtrigaud/grpc-contract/client';
import type { Clock, Logger } from '@virtrigaud/kube-runtime';
import { RenewedIdentity } from './renewed-identity.ts';
import { RuntimeAuthority, type Identity } from './runtime-authority.ts';

/** The one name that the manager's certificate bears, and that a provider lets in. */
export const managerName = 'virtrigaud-manager';
/** How long a certificate is good for unless a test says otherwise, in milliseconds. */
const defaultLifetimeMs = 24 * 60 * 60_000;

/** Settings of {@link RuntimeTls}. */
export interface RuntimeTlsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lifetimeMs?: number | undefined;
  /** Told of each certificate in use when it expires; named for people: `manager`, `provider default/lab`. */
  readonly expires: (certificate: string, at: Date) => void;
}

/** Which provider an identity is for. */
export interface IdentifiedProvider {
  readonly uid: string;
  /** `namespace/name`. */
  readonly key: string;
}

/** Mutual TLS between this manager and the providers that it starts: one authority, an identity of its own for each side. */
export class RuntimeTls {
  readonly #options: RuntimeTlsOptions;
  #made: Promise<{ readonly authority: RuntimeAuthority; readonly manager: RenewedIdentity }> | undefined;
  #closed = false;

  constructor(options: RuntimeTlsOptions) {
    this.#options = options;
  }

  /** An identity of a provider, renewed until it is closed; `publish` puts each where the provider reads it. */
  async providerIdentity(
    { uid, key }: IdentifiedProvider,
    publish: (identity: Identity) => Promise<void>,
  ): Promise<RenewedIdentity> {
    const { authority } = await this.#authority();
    return RenewedIdentity.create({
      ...this.#shared(`provider ${key}`),
      authority,
      name: providerName(uid),
      purpose: 'server',
      publish,
    });
  }

  /** What the manager shows to, and wants to see of, the provider of this uid. */
  async credentials(uid: string): Promise<ChannelCredentials> {
    const { manager } = await this.#authority();
    return mutualTls({ identity: () => manager.current, serverName: providerName(uid) });
  }

  /** Ends the renewals. */
  async close(): Promise<void> {
    this.#closed = true;
    (await this.#made)?.manager.close();
  }

  /** Made when the first provider asks for it: most managers of one machine have none. */
  #authority() {
    this.#made ??= this.#make();
    return this.#made;
  }

  async #make() {
    const authority = await RuntimeAuthority.create(this.#options.clock.epochMs());
    const manager = await RenewedIdentity.create({
      ...this.#shared('manager'),
      authority,
      name: managerName,
      purpose: 'client',
      // Its key is nobody else's to read: it stays in memory.
      publish: async () => undefined,
    });
    if (this.#closed) manager.close();
    return { authority, manager };
  }

  #shared(certificate: string) {
    const { clock, logger, lifetimeMs = defaultLifetimeMs, expires } = this.#options;
    return { clock, logger, lifetimeMs, expires: (at: Date) => expires(certificate, at) };
  }
}

/** The one name that a Provider's certificate bears: no other Provider's instances can take its place. */
export function providerName(uid: string): string {
  return `provider-${createHash('sha256').update(uid).digest('hex').slice(0, 32)}.virtrigaud.internal`;
}
