/** A field of a protobuf message as it is on the wire. */
export interface WireField {
  readonly number: number;
  /** A varint, or the bytes of anything that has a length. */
  readonly value: bigint | Buffer;
}

/**
 * Reads the fields of a protobuf message. Fixed-width numbers, which no kind here has, are skipped.
 *
 * @throws RangeError when the message is cut off or malformed
 */
export function* readFields(message: Buffer): Generator<WireField> {
  const cursor = { message, at: 0 };
  while (cursor.at < message.length) {
    const tag = Number(varint(cursor));
    const number = tag >>> 3;
    switch (tag & 7) {
      case 0:
        yield { number, value: varint(cursor) };
        break;
      case 1:
        take(cursor, 8);
        break;
      case 2:
        yield { number, value: take(cursor, Number(varint(cursor))) };
        break;
      case 5:
        take(cursor, 4);
        break;
      default:
        throw new RangeError(`wire type ${tag & 7} does not exist`);
    }
  }
}

interface Cursor {
  readonly message: Buffer;
  at: number;
}

const longestVarint = 10;

function varint(cursor: Cursor): bigint {
  let value = 0n;
  for (let index = 0; index < longestVarint; index += 1) {
    const byte = cursor.message[cursor.at];
    if (byte === undefined) throw new RangeError('the message is cut off');
    cursor.at += 1;
    value |= BigInt(byte & 0x7f) << BigInt(index * 7);
    if (byte < 0x80) return BigInt.asIntN(64, value);
  }
  throw new RangeError('a number is too long');
}

function take(cursor: Cursor, length: number): Buffer {
  const end = cursor.at + length;
  if (length < 0 || end > cursor.message.length) throw new RangeError('the message is cut off');
  const taken = cursor.message.subarray(cursor.at, end);
  cursor.at = end;
  return taken;
}
