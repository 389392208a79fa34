import type { Codec } from './codec.ts';
import { MAX_LIST_ITEMS, MAX_STRING_BYTES } from './limits.ts';
import { notDecodable } from './xdr-decoder.ts';
import { notEncodable } from './xdr-encoder.ts';

/** UTF-8 text of at most {@link MAX_STRING_BYTES}. NUL has no place in it: libvirt would cut the text there. */
export const string: Codec<string> = {
  encode(to, value) {
    if (value.includes('\0')) throw notEncodable('a text has a NUL in it');
    to.opaque(Buffer.from(value, 'utf8'), MAX_STRING_BYTES);
  },
  decode: (from) => from.opaque(MAX_STRING_BYTES).toString('utf8'),
};

/** A C array of `length` chars, each of which takes four bytes on the wire; text up to the first NUL. */
export function charArray(length: number): Codec<string> {
  return {
    encode(to, value) {
      const bytes = Buffer.from(value, 'utf8');
      if (bytes.length > length) throw notEncodable(`'${value}' is longer than ${length} bytes`);
      for (let at = 0; at < length; at++) to.int(bytes[at] ?? 0);
    },
    decode(from) {
      const bytes = Buffer.alloc(length);
      for (let at = 0; at < length; at++) bytes[at] = from.int() & 0xff;
      const end = bytes.indexOf(0);
      return bytes.toString('utf8', 0, end < 0 ? length : end);
    },
  };
}

/** A list of at most `maxItems`. Grows as it is read, never by what is announced. */
export function array<T>(item: Codec<T>, maxItems: number = MAX_LIST_ITEMS): Codec<readonly T[]> {
  return {
    encode(to, values) {
      if (values.length > maxItems) throw notEncodable(`a list of ${values.length} items, where ${maxItems} fit`);
      to.uint(values.length);
      for (const value of values) item.encode(to, value);
    },
    decode(from) {
      const values: T[] = [];
      for (let left = from.count(maxItems); left > 0; left--) values.push(item.decode(from));
      return values;
    },
  };
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const UUID_BYTES = 16;

/** A UUID: 16 bytes on the wire, canonical lower-case text here. */
export const uuid: Codec<string> = {
  encode(to, value) {
    if (!UUID.test(value)) throw notEncodable(`'${value}' is not a UUID`);
    to.fixedOpaque(Buffer.from(value.replaceAll('-', ''), 'hex'));
  },
  decode(from) {
    const hex = from.fixedOpaque(UUID_BYTES).toString('hex');
    const parts = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(hex);
    if (!parts) throw notDecodable('a UUID is cut');
    return parts.slice(1).join('-');
  },
};
