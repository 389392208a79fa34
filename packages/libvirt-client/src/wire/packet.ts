import { LibvirtError } from '../libvirt-error.ts';
import { MAX_PACKET_BYTES } from '../xdr/limits.ts';

/** Seven words of four bytes, the first of which is the packet's length. */
export const HEADER_BYTES = 28;
const LENGTH_BYTES = 4;
const PROTOCOL_VERSION = 1;

/** What a packet is. */
export const PacketType = { call: 0, reply: 1, event: 2, stream: 3 } as const;

/** How it went; `continue` is for streams only. */
export const PacketStatus = { ok: 0, error: 1, continue: 2 } as const;

/** Header fields that vary. */
export interface PacketHeader {
  readonly program: number;
  readonly procedure: number;
  readonly type: number;
  readonly serial: number;
  readonly status: number;
}

/** A packet, taken apart. */
export interface Packet extends PacketHeader {
  readonly payload: Buffer;
}

const NO_PAYLOAD = Buffer.alloc(0);

/** A packet as bytes. */
export function encodePacket(header: PacketHeader, payload: Uint8Array = NO_PAYLOAD): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  const words = [
    bytes.length,
    header.program,
    PROTOCOL_VERSION,
    header.procedure,
    header.type,
    header.serial,
    header.status,
  ];
  words.forEach((word, index) => bytes.writeUInt32BE(word, index * 4));
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/**
 * Cuts a byte stream into packets, however it was chopped on its way. Holds no more than what has come: a packet's
 * announced length is checked, and never allocated in advance.
 */
export class PacketReader {
  #chunks: Buffer[] = [];
  #available = 0;

  /**
   * Takes what came and returns the packets that are complete.
   *
   * @throws LibvirtError `protocol` when the length or version cannot be libvirt's; then the stream is of no more use.
   */
  push(chunk: Buffer): readonly Packet[] {
    this.#chunks.push(chunk);
    this.#available += chunk.length;
    const packets: Packet[] = [];
    for (let next = this.#next(); next; next = this.#next()) packets.push(next);
    return packets;
  }

  #next(): Packet | undefined {
    if (this.#available < LENGTH_BYTES) return undefined;
    const length = this.#front(LENGTH_BYTES).readUInt32BE(0);
    if (length < HEADER_BYTES || length > MAX_PACKET_BYTES) throw broken(`a packet announces ${length} bytes`);
    if (this.#available < length) return undefined;
    const bytes = this.#front(length);
    this.#drop(length);
    return toPacket(bytes);
  }

  /** The first `length` bytes in one piece. */
  #front(length: number): Buffer {
    const first = this.#chunks[0];
    if (first && first.length >= length) return first.subarray(0, length);
    const joined = Buffer.concat(this.#chunks, this.#available);
    this.#chunks = [joined];
    return joined.subarray(0, length);
  }

  #drop(length: number): void {
    const first = this.#chunks[0];
    this.#available -= length;
    if (first && first.length > length) this.#chunks[0] = first.subarray(length);
    else this.#chunks.shift();
  }
}

function toPacket(bytes: Buffer): Packet {
  const word = (index: number): number => bytes.readUInt32BE(index * 4);
  if (word(2) !== PROTOCOL_VERSION) throw broken(`a packet has the protocol version ${word(2)}`);
  return {
    program: word(1),
    procedure: word(3),
    type: word(4),
    serial: word(5),
    status: word(6),
    payload: bytes.subarray(HEADER_BYTES),
  };
}

/** The error for bytes that are not libvirt RPC. */
export function broken(why: string): LibvirtError {
  return new LibvirtError({
    kind: 'protocol',
    outcome: 'unknown',
    message: `the peer does not speak libvirt RPC: ${why}`,
  });
}
