import { LibvirtError } from '../libvirt-error.ts';
import { MAX_PAYLOAD_BYTES } from './limits.ts';

const FIRST_BYTES = 256;

/** Writes values in XDR form (RFC 4506): big-endian, each padded to four bytes. */
export class XdrEncoder {
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  /** What was written so far. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** @throws LibvirtError `protocol` unless `value` is a whole number of 32 bits with sign. */
  int(value: number): void {
    if (!Number.isInteger(value) || value < -0x8000_0000 || value > 0x7fff_ffff) {
      throw notEncodable(`${value} is not a 32-bit integer`);
    }
    const at = this.#reserve(4);
    this.#buffer.writeInt32BE(value, at);
  }

  /** @throws LibvirtError `protocol` unless `value` is a whole number of 32 bits without sign. */
  uint(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
      throw notEncodable(`${value} is not an unsigned 32-bit integer`);
    }
    const at = this.#reserve(4);
    this.#buffer.writeUInt32BE(value, at);
  }

  /** @throws LibvirtError `protocol` unless `value` fits in 64 bits with sign. */
  hyper(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) throw notEncodable(`${value} is not a 64-bit integer`);
    const at = this.#reserve(8);
    this.#buffer.writeBigInt64BE(value, at);
  }

  /** @throws LibvirtError `protocol` unless `value` fits in 64 bits without sign. */
  uhyper(value: bigint): void {
    if (BigInt.asUintN(64, value) !== value) throw notEncodable(`${value} is not an unsigned 64-bit integer`);
    const at = this.#reserve(8);
    this.#buffer.writeBigUInt64BE(value, at);
  }

  double(value: number): void {
    const at = this.#reserve(8);
    this.#buffer.writeDoubleBE(value, at);
  }

  /** Bytes without a length in front, padded. */
  fixedOpaque(bytes: Uint8Array): void {
    const at = this.#reserve(padded(bytes.length));
    this.#buffer.set(bytes, at);
    this.#buffer.fill(0, at + bytes.length, this.#length);
  }

  /** Bytes with their length in front. @throws LibvirtError `protocol` when there are more than `maxBytes`. */
  opaque(bytes: Uint8Array, maxBytes: number): void {
    if (bytes.length > maxBytes)
      throw notEncodable(`${bytes.length} bytes are more than the ${maxBytes} that fit here`);
    this.uint(bytes.length);
    this.fixedOpaque(bytes);
  }

  #reserve(bytes: number): number {
    const at = this.#length;
    const needed = at + bytes;
    if (needed > MAX_PAYLOAD_BYTES) throw notEncodable(`the request is longer than ${MAX_PAYLOAD_BYTES} bytes`);
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, at);
      this.#buffer = larger;
    }
    this.#length = needed;
    return at;
  }
}

/** Length with padding to a multiple of four. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}

/** The error for a value that has no form on the wire. Nothing was sent. */
export function notEncodable(why: string): LibvirtError {
  return new LibvirtError({ kind: 'protocol', outcome: 'not-sent', message: `cannot encode the request: ${why}` });
}
