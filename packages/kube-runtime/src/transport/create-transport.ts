import type { Dispatcher } from 'undici';
import type { KubeConfig } from '../config/kube-config.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { RestMetrics } from '../ports/metrics.ts';
import { HttpTransport } from './http-transport.ts';
import type { Transport } from './transport.ts';

/** Settings of {@link createTransport}. */
export interface TransportOptions {
  /** Requests a second on average; 0 for no limit. Defaults to 50. */
  readonly qps?: number | undefined;
  /** Requests at once after a rest. Defaults to 100. */
  readonly burst?: number | undefined;
  /** Connections for requests; each stream has one of its own besides. Defaults to 16. */
  readonly maxConnections?: number | undefined;
  /** The longest line of a stream and the longest answer, in bytes. Defaults to 64 MiB. */
  readonly maxAnswerBytes?: number | undefined;
  /** Names the program to the API server. */
  readonly userAgent: string;
  readonly metrics?: RestMetrics | undefined;
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Carries all requests instead of connections of its own: the port at which a simulation takes the place of sockets. */
  readonly dispatcher?: Dispatcher | undefined;
}

/**
 * Connects to the API server of a kubeconfig. Nothing is sent before the first request.
 *
 * Keeps connections alive, limits the rate on this side (writes go before reads), renews credentials as they expire.
 */
export function createTransport(kubeConfig: KubeConfig, options: TransportOptions): Transport {
  return new HttpTransport(kubeConfig, options);
}
