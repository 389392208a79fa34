import { Agent, ProxyAgent, Socks5ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import { ApiError } from '../api/api-error.ts';
import type { Credentials, KubeConfig } from '../config/kube-config.ts';
import type { Clock } from '../ports/clock.ts';

/** What a request is sent with. */
export interface Connection {
  readonly dispatcher: Dispatcher;
  readonly headers: Readonly<Record<string, string>>;
}

/** Credentials are read again after this long, so that rotated files and tokens are seen. */
const CREDENTIALS_LIFE_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_MS = 60_000;

/** Connections for one identity at a server; replaced as a whole when TLS material changes. */
interface Agents {
  readonly credentials: Credentials;
  readonly material: string;
  /** For ordinary requests. */
  readonly bounded: Dispatcher;
  /** For streams, which hold their connection for minutes, and for what must not wait for others. */
  readonly unbounded: Dispatcher;
}

/** Settings of {@link ConnectionPool}. */
export interface ConnectionPoolOptions {
  readonly maxConnections: number;
  readonly clock: Clock;
  /** Takes the place of connections. */
  readonly dispatcher?: Dispatcher | undefined;
}

/** Keep-alive connections to an API server, always with credentials that are current. */
export class ConnectionPool {
  readonly #config: KubeConfig;
  readonly #maxConnections: number;
  readonly #clock: Clock;
  readonly #dispatcher: Dispatcher | undefined;
  #agents: Agents | undefined;
  #credentials: Credentials | undefined;
  #readMs = -Infinity;
  #reading: Promise<Credentials> | undefined;
  #closed = false;

  constructor(config: KubeConfig, { maxConnections, clock, dispatcher }: ConnectionPoolOptions) {
    this.#config = config;
    this.#maxConnections = maxConnections;
    this.#clock = clock;
    this.#dispatcher = dispatcher;
  }

  /** @throws {@link ApiError} `BadConfig` when there are no credentials, `Cancelled` after {@link close}. */
  async connection(kind: 'bounded' | 'unbounded'): Promise<Connection> {
    const credentials = await this.#current();
    if (this.#closed) throw new ApiError('Cancelled', 'The transport is closed', { sent: false });
    return { dispatcher: this.#dispatcher ?? this.#agentsFor(credentials)[kind], headers: credentials.headers };
  }

  /** The server refused the credentials: read them again before the next request. */
  doubtCredentials(): void {
    this.#readMs = -Infinity;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const agents = this.#agents;
    this.#agents = undefined;
    if (agents === undefined) return;
    await Promise.all([agents.bounded.close(), agents.unbounded.destroy()]);
  }

  async #current(): Promise<Credentials> {
    const fresh = this.#clock.monotonicMs() - this.#readMs < CREDENTIALS_LIFE_MS;
    if (fresh && this.#credentials !== undefined) return this.#credentials;
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #read(): Promise<Credentials> {
    const credentials = await this.#config.credentials();
    this.#credentials = credentials;
    this.#readMs = this.#clock.monotonicMs();
    return credentials;
  }

  #agentsFor(credentials: Credentials): Agents {
    const old = this.#agents;
    // Not read again since: nothing of it can have changed, and certificates are long texts to compare with each request.
    if (old?.credentials === credentials) return old;
    const material = materialOf(credentials);
    if (old?.material === material) return (this.#agents = { ...old, credentials });
    this.#agents = {
      credentials,
      material,
      bounded: this.#agent(credentials, this.#maxConnections),
      unbounded: this.#agent(credentials, null),
    };
    // Both finish what runs on them; a watch goes on until its server ends it.
    void old?.bounded.close();
    void old?.unbounded.close();
    return this.#agents;
  }

  #agent(credentials: Credentials, connections: number | null): Dispatcher {
    const { ca, cert, key, rejectUnauthorized, servername } = credentials;
    const tls = {
      rejectUnauthorized,
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(servername !== undefined && { servername }),
    };
    const pool = {
      connections,
      // One answer at a time on a connection: a slow list delays nobody.
      pipelining: 1,
      allowH2: false,
      // Deadlines are the transport's.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_MS,
    };
    const proxyUrl = this.#config.proxyUrl;
    if (proxyUrl === undefined) {
      return new Agent({ ...pool, connect: { ...tls, timeout: CONNECT_TIMEOUT_MS, keepAliveInitialDelay: 30_000 } });
    }
    if (proxyUrl.startsWith('socks')) return new Socks5ProxyAgent(proxyUrl, { ...pool, requestTls: tls });
    return new ProxyAgent({ ...pool, uri: proxyUrl, requestTls: tls });
  }
}

function materialOf({ ca, cert, key, rejectUnauthorized, servername }: Credentials): string {
  return JSON.stringify([ca, cert, key, rejectUnauthorized, servername].map((part) => part?.toString() ?? null));
}
