import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';

/** How a silent peer is found out. */
export interface KeepaliveOptions {
  /** Silence after which a PING goes out, in milliseconds; 5,000 by default. */
  readonly intervalMs: number;
  /** Unanswered PINGs after which the connection counts as lost; 5 by default. */
  readonly count: number;
}

/** Where and how to connect. */
export interface ConnectOptions {
  /** `qemu:///system`, `test:///default`; with `?socket=/path` another socket. Transports other than unix are refused. */
  readonly uri: string;
  /** libvirtd's socket; `/run/libvirt/libvirt-sock` by default. */
  readonly socketPath?: string | undefined;
  /** Opens the byte stream itself, for transports that this package does not know; then `socketPath` is not used. */
  readonly openDuplex?: ((signal: AbortSignal) => Promise<Duplex>) | undefined;
  /** Deadline of calls that bring none of their own, in milliseconds; 30,000 by default. */
  readonly callTimeoutMs?: number | undefined;
  /** Deadline for the socket, authentication and open together, in milliseconds; 10,000 by default. */
  readonly connectTimeoutMs?: number | undefined;
  /** `'off'`: neither ask nor answer. */
  readonly keepalive?: KeepaliveOptions | 'off' | undefined;
  /**
   * Calls in flight at once, 1 to 5; the others wait here. 4 by default, one less than libvirtd's
   * `max_client_requests`: at its limit libvirtd stops reading, and then sees no answer to its PING either.
   */
  readonly maxInFlight?: number | undefined;
  /** Asks libvirtd for a connection that can change nothing. */
  readonly readOnly?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}
