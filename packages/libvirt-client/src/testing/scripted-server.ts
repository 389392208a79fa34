import type { Duplex } from 'node:stream';
import { duplexPair } from 'node:stream';
import type { Packet, PacketHeader } from '../wire/packet.ts';
import { encodePacket, PacketReader, PacketStatus, PacketType } from '../wire/packet.ts';
import { remoteError } from '../wire/remote-error.ts';
import type { Codec } from '../xdr/codec.ts';
import { encodeWith } from '../xdr/codec.ts';

/** The other end of a byte stream: a spec reads what the client sent and answers as it likes. */
export class ScriptedServer {
  /** The client's end. */
  readonly client: Duplex;
  readonly #side: Duplex;
  readonly #reader = new PacketReader();
  readonly #received: Packet[] = [];
  readonly #waiting: ((packet: Packet) => void)[] = [];

  constructor() {
    [this.client, this.#side] = duplexPair();
    this.#side.on('data', (chunk: Buffer) => {
      for (const packet of this.#reader.push(chunk)) this.#take(packet);
    });
    this.#side.on('error', () => undefined);
  }

  /** Packets that came and were not taken by {@link ScriptedServer.next}. */
  get unread(): readonly Packet[] {
    return this.#received;
  }

  /** The next packet of the client, in order. */
  next(): Promise<Packet> {
    const first = this.#received.shift();
    if (first) return Promise.resolve(first);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Sends any bytes. */
  raw(bytes: Uint8Array): void {
    this.#side.write(bytes);
  }

  /** Sends any packet. */
  send(header: Partial<PacketHeader>, payload?: Uint8Array): void {
    const all = { program: 0x2000_8086, procedure: 0, type: PacketType.reply, serial: 0, status: 0, ...header };
    this.raw(encodePacket(all, payload));
  }

  /** Answers a call. */
  reply<T>(call: Packet, codec: Codec<T>, value: T): void {
    this.raw(this.replyBytes(call, encodeWith(codec, value)));
  }

  /** An answer as bytes, for specs that send several in one piece. */
  replyBytes(call: Packet, payload?: Uint8Array): Buffer {
    return encodePacket({ ...headerOf(call), type: PacketType.reply }, payload);
  }

  /** Answers a call, or ends its stream, with an error. */
  refuse(call: Packet, error: { readonly code: number; readonly message: string; readonly type?: number }): void {
    const payload = encodeWith(remoteError, {
      code: error.code,
      domain: 10,
      message: error.message,
      level: 2,
      dom: undefined,
      str1: 'first',
      str2: undefined,
      str3: undefined,
      int1: 28,
      int2: -1,
      net: undefined,
    });
    const header = { ...headerOf(call), type: error.type ?? PacketType.reply, status: PacketStatus.error };
    this.raw(encodePacket(header, payload));
  }

  /** Sends a packet on the stream of a call. */
  stream(call: Packet, status: number, data?: Uint8Array): void {
    this.raw(encodePacket({ ...headerOf(call), type: PacketType.stream, status }, data));
  }

  /** Breaks the connection off. */
  destroy(): void {
    this.#side.destroy();
  }

  #take(packet: Packet): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(packet);
    else this.#received.push(packet);
  }
}

function headerOf({ program, procedure, serial }: Packet): PacketHeader {
  return { program, procedure, serial, type: 0, status: PacketStatus.ok };
}
