import { LibvirtError } from '../libvirt-error.ts';
import { padded } from './xdr-encoder.ts';

/** Reads values in XDR form from a buffer that may hold anything; never reads past its end. */
export class XdrDecoder {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  /** Bytes not yet read. */
  get remaining(): number {
    return this.#buffer.length - this.#at;
  }

  int(): number {
    return this.#buffer.readInt32BE(this.#take(4));
  }

  uint(): number {
    return this.#buffer.readUInt32BE(this.#take(4));
  }

  hyper(): bigint {
    return this.#buffer.readBigInt64BE(this.#take(8));
  }

  uhyper(): bigint {
    return this.#buffer.readBigUInt64BE(this.#take(8));
  }

  double(): number {
    return this.#buffer.readDoubleBE(this.#take(8));
  }

  /** Bytes without a length in front; a view of the buffer, not a copy. */
  fixedOpaque(length: number): Buffer {
    const at = this.#take(padded(length));
    return this.#buffer.subarray(at, at + length);
  }

  /** Bytes with their length in front; a view of the buffer, not a copy. */
  opaque(maxBytes: number): Buffer {
    return this.fixedOpaque(this.#bounded(maxBytes, 'bytes'));
  }

  /** Number of items of a list. Every item takes at least four bytes, so what cannot follow is refused here. */
  count(maxItems: number): number {
    const count = this.#bounded(maxItems, 'items');
    if (count * 4 > this.remaining) {
      throw notDecodable(`a list announces ${count} items, but only ${this.remaining} bytes follow`);
    }
    return count;
  }

  /** @throws LibvirtError `protocol` when bytes are left. */
  end(): void {
    if (this.remaining > 0) throw notDecodable(`${this.remaining} bytes are left over`);
  }

  #bounded(max: number, unit: string): number {
    const length = this.uint();
    if (length > max) throw notDecodable(`${length} ${unit} are announced where at most ${max} may be`);
    return length;
  }

  #take(bytes: number): number {
    if (bytes > this.remaining) throw notDecodable(`${bytes} bytes are needed, but only ${this.remaining} are left`);
    const at = this.#at;
    this.#at += bytes;
    return at;
  }
}

/** The error for bytes that are not what they should be. They answer a call that did happen. */
export function notDecodable(why: string): LibvirtError {
  return new LibvirtError({
    kind: 'protocol',
    outcome: 'unknown',
    message: `cannot decode what libvirtd sent: ${why}`,
  });
}
