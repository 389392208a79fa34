/** What the first bytes of an image say. */
export type ImageHeader =
  | { readonly kind: 'qcow2'; readonly virtualSizeBytes: number }
  | { readonly kind: 'raw' }
  /** Not to be used, and why. */
  | { readonly kind: 'refused'; readonly why: string };

/** So many bytes are needed to tell. */
export const HEADER_BYTES = 104;

const QCOW_MAGIC = 0x514649fb;
/** Bit 2 of the incompatible features: the data lies in another file. */
const EXTERNAL_DATA_FILE = 4n;
const OTHERS: readonly (readonly [string, string])[] = [
  ['KDMV', 'vmdk'],
  ['vhdx', 'vhdx'],
  ['conectix', 'vpc'],
  ['<<< ', 'vdi'],
];

/**
 * Reads the header of an image. One that reaches for other files of the host (a backing file, an external data file) is refused: whoever
 * can name an image could otherwise read anything there.
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (header.length < 72 || header.readUInt32BE(0) !== QCOW_MAGIC) {
    const other = OTHERS.find(([magic]) => header.subarray(0, magic.length).toString('latin1') === magic);
    return other
      ? { kind: 'refused', why: `it is of format ${other[1]}: convert it to qcow2 or raw` }
      : { kind: 'raw' };
  }
  const version = header.readUInt32BE(4);
  if (version < 2 || version > 3)
    return { kind: 'refused', why: `it is qcow version ${String(version)}: convert it to qcow2` };
  if (header.readBigUInt64BE(8) !== 0n) {
    return { kind: 'refused', why: 'it is an overlay on another file: flatten it first (qemu-img convert -O qcow2)' };
  }
  if (version === 3 && header.length >= 80 && (header.readBigUInt64BE(72) & EXTERNAL_DATA_FILE) !== 0n) {
    return { kind: 'refused', why: 'its data lies in another file: flatten it first (qemu-img convert -O qcow2)' };
  }
  return { kind: 'qcow2', virtualSizeBytes: Number(header.readBigUInt64BE(24)) };
}
