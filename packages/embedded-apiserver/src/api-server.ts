import type { Log } from './log.ts';

/** What {@link startApiServer} is told. */
export interface ApiServerOptions {
  /** Where everything is kept: database, CA, token, kubeconfig. Created 0700 when missing; one server at a time. */
  readonly stateDir: string;
  /** CustomResourceDefinitions (apiextensions.k8s.io/v1) as YAML texts, each of one or more documents. */
  readonly crds: readonly string[];
  /** Where to listen; port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Where to log; nothing is logged without it. */
  readonly logger?: Log;
  /** Ends the server like {@link ApiServer.stop}. */
  readonly signal?: AbortSignal;
  /** Where the kubeconfig is written (0600, atomically); by default `kubeconfig` in {@link stateDir}. */
  readonly kubeconfigPath?: string;
  /** How much history and patience the server has; for tests, mostly. */
  readonly tuning?: Partial<Tuning>;
}

/** How much history and patience a server has. */
export interface Tuning {
  /** Changes of one kind that a watch may resume over; a resourceVersion before them is answered 410. */
  readonly historyLength: number;
  /** Bytes that one watch may have waiting for its reader; beyond it the watch ends with 410. */
  readonly watchBufferBytes: number;
  /** How often a quiet watch gets a bookmark. */
  readonly bookmarkIntervalMs: number;
  /** How long an Event is kept after it was last written. */
  readonly eventLifetimeMs: number;
}

/** A server that serves. */
export interface ApiServer {
  /** `https://host:port`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** A kubeconfig with which any Kubernetes client reaches this server as its administrator. */
  readonly kubeconfigPath: string;
  /** The CA that signed the server's certificate. */
  readonly caPem: string;
  /** The bearer token that every request must carry. */
  readonly token: string;
  /** Ends watches and connections, checkpoints and closes the database. Idempotent. */
  stop(): Promise<void>;
}
