import { ChannelCredentials } from '@grpc/grpc-js';
import { createSecureContext, type PeerCertificate, type SecureContext } from 'node:tls';

/** Who a client is, and whom it trusts; all PEM. */
export interface ClientIdentity {
  readonly cert: string;
  readonly key: string;
  /** What the server's certificate has to be signed by. */
  readonly ca: string;
}

/** Settings of {@link mutualTls}. */
export interface MutualTlsOptions {
  /** Asked at each new connection, so that a renewed certificate is shown from then on; connections that stand live on. */
  readonly identity: () => ClientIdentity;
  /** The one DNS name that the server's certificate must bear: no wildcard, and no other name beside it. */
  readonly serverName: string;
}

/** Credentials of a channel over mutual TLS 1.3, to a server of exactly one name. */
export function mutualTls({ identity, serverName }: MutualTlsOptions): ChannelCredentials {
  return new ReloadingCredentials(identity, serverName);
}

type Connector = ReturnType<ChannelCredentials['_createSecureConnector']>;

/** What grpc-js makes of a secure context, made anew for each connection. */
class ReloadingCredentials extends ChannelCredentials {
  readonly #identity: () => ClientIdentity;
  readonly #serverName: string;
  #context: { readonly of: ClientIdentity; readonly secure: SecureContext } | undefined;

  constructor(identity: () => ClientIdentity, serverName: string) {
    super();
    this.#identity = identity;
    this.#serverName = serverName;
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(...parameters: Parameters<ChannelCredentials['_createSecureConnector']>): Connector {
    const [target, options, callCredentials] = parameters;
    const named = { ...options, 'grpc.ssl_target_name_override': this.#serverName };
    const now = () => this.#current()._createSecureConnector(target, named, callCredentials);
    const first = now();
    return {
      connect: (socket) => now().connect(socket),
      waitForReady: async () => undefined,
      getCallCredentials: () => first.getCallCredentials(),
      destroy: () => undefined,
    };
  }

  #current(): ChannelCredentials {
    const of = this.#identity();
    if (this.#context?.of !== of) this.#context = { of, secure: createSecureContext({ ...of, minVersion: 'TLSv1.3' }) };
    return ChannelCredentials.createFromSecureContext(this.#context.secure, { checkServerIdentity });
  }
}

/** Stricter than Node's: one name, and exactly that. */
function checkServerIdentity(name: string, { subjectaltname }: PeerCertificate): Error | undefined {
  if (subjectaltname === `DNS:${name}`) return undefined;
  return new Error(`the server's certificate is for ${subjectaltname ?? 'nobody'}, not for ${name}`);
}
