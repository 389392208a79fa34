import type { Clock } from '../clock.ts';
import { Program } from '../procedures/procedure.ts';
import type { Packet } from './packet.ts';
import { encodePacket, PacketType } from './packet.ts';

const PING = 1;
const PONG = 2;

/** What a {@link Keepalive} needs of its connection. */
export interface KeepalivePort {
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly count: number;
  readonly send: (packet: Buffer) => void;
  /** Whether nothing can come because we do not read at present. */
  readonly isPaused: () => boolean;
  readonly onSilence: () => void;
}

/** Answers the server's PINGs, and sends its own when the server is silent, until it has been silent for too long. */
export class Keepalive {
  readonly #port: KeepalivePort;
  #unanswered = 0;
  #heard = false;
  #cancel: (() => void) | undefined;

  constructor(port: KeepalivePort) {
    this.#port = port;
    this.#wait();
  }

  /** Takes note that bytes came, of whatever kind. */
  heard(): void {
    this.#heard = true;
    this.#unanswered = 0;
  }

  /** Answers a PING; a PONG needs nothing but {@link Keepalive.heard}. */
  take(packet: Packet): void {
    if (packet.procedure === PING) this.#port.send(keepalivePacket(PONG));
  }

  stop(): void {
    this.#cancel?.();
  }

  #wait(): void {
    this.#cancel = this.#port.clock.schedule(() => this.#tick(), this.#port.intervalMs);
  }

  #tick(): void {
    if (!this.#heard && !this.#port.isPaused()) {
      if (this.#unanswered >= this.#port.count) return this.#port.onSilence();
      this.#unanswered += 1;
      this.#port.send(keepalivePacket(PING));
    }
    this.#heard = false;
    this.#wait();
  }
}

function keepalivePacket(procedure: number): Buffer {
  return encodePacket({ program: Program.keepalive, procedure, type: PacketType.event, serial: 0, status: 0 });
}
