/** Bytes of one sector of ISO 9660. */
export const SECTOR = 2048;

/** How many sectors hold so many bytes. */
export const sectorsOf = (bytes: number): number => Math.ceil(bytes / SECTOR);

/** A number in both byte orders, 32 bits each: ECMA-119, 7.3.3. */
export function both32(value: number): Buffer {
  const field = Buffer.alloc(8);
  field.writeUInt32LE(value, 0);
  field.writeUInt32BE(value, 4);
  return field;
}

/** A number in both byte orders, 16 bits each: ECMA-119, 7.2.3. */
export function both16(value: number): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt16LE(value, 0);
  field.writeUInt16BE(value, 2);
  return field;
}

/** A time of seven bytes, as directory records hold it: ECMA-119, 9.1.5. */
export function recordTime(at: Date): Buffer {
  return Buffer.from([
    at.getUTCFullYear() - 1900,
    at.getUTCMonth() + 1,
    at.getUTCDate(),
    at.getUTCHours(),
    at.getUTCMinutes(),
    at.getUTCSeconds(),
    0,
  ]);
}

/** A time of seventeen bytes, as volume descriptors hold it: ECMA-119, 8.4.26.1. */
export function volumeTime(at: Date | undefined): Buffer {
  const digits = at ? at.toISOString().replace(/\D/g, '').slice(0, 16) : '0'.repeat(16);
  return Buffer.concat([Buffer.from(digits, 'latin1'), Buffer.alloc(1)]);
}

/** Text of a fixed width, padded with blanks. */
export function padded(text: string, width: number): Buffer {
  return Buffer.from(text.slice(0, width).padEnd(width), 'latin1');
}

/** The same in UCS-2, as Joliet holds it. */
export function paddedUcs2(text: string, width: number): Buffer {
  return Buffer.from(text.slice(0, width / 2).padEnd(width / 2), 'utf16le').swap16();
}
