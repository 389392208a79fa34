import type { Registry } from 'prom-client';
import type { Logger } from './logger.ts';

/**
 * A provider package as its host sees it: enough to serve it inside the host's own process. It is the default export
 * of a provider package, so that a host needs neither the package's types nor the SDK it was written with.
 */
export interface HostedProvider {
  /** The kind of hypervisor, as `spec.type` of a Provider names it: `libvirt`. */
  readonly type: string;
  /** Version of the provider package. */
  readonly version: string;
  /**
   * Starts to serve one Provider. Resolves once it listens, which does not mean that the hypervisor is reachable:
   * that is told by the health service. Rejects when it cannot listen.
   */
  serve(options: ServeOptions): Promise<RunningProvider>;
}

/** Where a provider listens. TCP is mutual TLS unless plaintext is asked for by name. */
export type Listen =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls: TlsFiles | 'plaintext' };

/** PEM files of a mutual TLS endpoint, and who may call it. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  /** The exact subject alternative name that the client's certificate must bear. */
  readonly clientName: string;
}

/** How often, and how patiently, a provider asks its hypervisor whether it still answers. */
export interface HealthCheckOptions {
  readonly enabled: boolean;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Failed probes in a row before the provider says NOT_SERVING. At least 1. */
  readonly failureThreshold: number;
  /** Successful probes in a row before it says SERVING again. At least 1. */
  readonly successThreshold: number;
}

/** Everything a hosted provider needs from its host; it reads no environment, binds no other port and handles no signal. */
export interface ServeOptions {
  readonly listen: Listen;
  /** The Provider object that is served. */
  readonly provider: { readonly namespace: string; readonly name: string };
  /** `spec.endpoint` of the Provider. */
  readonly endpoint: string;
  readonly insecureSkipVerify: boolean;
  readonly credentials: CredentialSource;
  readonly healthCheck: HealthCheckOptions;
  readonly logger: Logger;
  /** The provider's own registry; the host joins it to its scrape. */
  readonly registry: Registry;
  /** Aborting it drains and stops the provider. */
  readonly signal: AbortSignal;
}

/** The hypervisor's credentials, read again whenever they change. A host never writes them to files of its own. */
export interface CredentialSource {
  /** The newest values by key; empty where there are none. */
  current(): Readonly<Record<string, string>>;
  /** Calls `listener` after each change; the returned function ends that. */
  onChange(listener: () => void): () => void;
}

/** A provider that listens. */
export interface RunningProvider {
  /** `unix:/path` or `host:port`, with the port that was really bound. */
  readonly address: string;
  /** Resolves when it has stopped for whatever reason; never rejects. */
  readonly stopped: Promise<void>;
  /** Drains and stops. May be called again; each call resolves once stopped. */
  stop(): Promise<void>;
}
