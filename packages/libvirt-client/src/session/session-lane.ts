import type { Clock } from '../clock.ts';
import type { OpenConnection } from '../connection/open-connection.ts';
import { LibvirtError } from '../libvirt-error.ts';
import { lost } from '../wire/rpc-channel.ts';
import { backoffMs } from './backoff.ts';
import type { BackoffOptions } from './libvirt-session.ts';

/** Why a lane is down and when it tries again. */
export interface LaneDown {
  readonly error: LibvirtError;
  readonly attempt: number;
  readonly retryInMs: number;
}

/** What a {@link SessionLane} needs of its session. */
export interface SessionLanePort {
  readonly clock: Clock;
  readonly backoff: BackoffOptions;
  /** Opens a connection and makes it ready for use. */
  readonly open: (signal: AbortSignal) => Promise<OpenConnection>;
  readonly onUp: () => void;
  readonly onDown: (down: LaneDown) => void;
}

/** One of a session's connections: opened, watched, and opened again until the lane stops. */
export class SessionLane {
  readonly #port: SessionLanePort;
  readonly #stop = new AbortController();
  #connection: OpenConnection | undefined;
  #down: LaneDown | undefined;
  #attempt = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(port: SessionLanePort) {
    this.#port = port;
  }

  /** The connection, `undefined` while there is none. */
  get connection(): OpenConnection | undefined {
    return this.#connection;
  }

  /** Why there is none, `undefined` while there is one and before the first attempt has ended. */
  get down(): LaneDown | undefined {
    return this.#down;
  }

  /** Makes the next attempt; never rejects. */
  async start(): Promise<void> {
    try {
      this.#adopt(await this.#port.open(this.#stop.signal));
    } catch (error) {
      this.#retry(error instanceof LibvirtError ? error : lost('opening it failed', error));
    }
  }

  /** Closes the connection and makes no further attempt. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#cancelTimer?.();
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }

  #adopt(connection: OpenConnection): void {
    if (this.#stop.signal.aborted) return connection.channel.close(lost('the session was closed'));
    if (connection.channel.closedBecause) return this.#retry(connection.channel.closedBecause);
    this.#connection = connection;
    this.#down = undefined;
    // Only a connection that lasts starts the waits from the beginning: one that breaks at once must not be hammered.
    this.#schedule(() => (this.#attempt = 0), this.#port.backoff.maxMs);
    connection.channel.onClose((reason) => {
      this.#connection = undefined;
      this.#retry(reason);
    });
    this.#port.onUp();
  }

  #retry(error: LibvirtError): void {
    if (this.#stop.signal.aborted) return;
    this.#attempt += 1;
    const { backoff, clock } = this.#port;
    const retryInMs = backoffMs(this.#attempt, backoff, clock.random());
    this.#down = { error, attempt: this.#attempt, retryInMs };
    this.#schedule(() => void this.start(), retryInMs);
    this.#port.onDown(this.#down);
  }

  #schedule(callback: () => void, delayMs: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#port.clock.schedule(callback, delayMs);
  }
}
