import { notDecodable, XdrDecoder } from './xdr-decoder.ts';
import { XdrEncoder } from './xdr-encoder.ts';

/** Both directions of one wire type. */
export interface Codec<T> {
  encode(to: XdrEncoder, value: T): void;
  decode(from: XdrDecoder): T;
}

/** The type that a codec carries. */
export type Carried<C> = C extends Codec<infer T> ? T : never;

/** A whole payload as bytes. @throws LibvirtError `protocol` when the value does not fit its type. */
export function encodeWith<T>(codec: Codec<T>, value: T): Buffer {
  const encoder = new XdrEncoder();
  codec.encode(encoder, value);
  return encoder.finish();
}

/** A whole payload from bytes. @throws LibvirtError `protocol` when it is too short, too long or out of bounds. */
export function decodeWith<T>(codec: Codec<T>, payload: Buffer): T {
  const decoder = new XdrDecoder(payload);
  const value = codec.decode(decoder);
  decoder.end();
  return value;
}

/** Nothing at all. */
export const nothing: Codec<void> = {
  encode: () => undefined,
  decode: () => undefined,
};

/** `int`, and what the wire carries like it: short, char, enum. */
export const int: Codec<number> = {
  encode: (to, value) => to.int(value),
  decode: (from) => from.int(),
};

/** `unsigned int`. */
export const uint: Codec<number> = {
  encode: (to, value) => to.uint(value),
  decode: (from) => from.uint(),
};

/** `hyper`. */
export const hyper: Codec<bigint> = {
  encode: (to, value) => to.hyper(value),
  decode: (from) => from.hyper(),
};

/** `unsigned hyper`. */
export const uhyper: Codec<bigint> = {
  encode: (to, value) => to.uhyper(value),
  decode: (from) => from.uhyper(),
};

/** `double`. */
export const double: Codec<number> = {
  encode: (to, value) => to.double(value),
  decode: (from) => from.double(),
};

/** A truth value in an `int`; strict, so that a shifted layout is noticed. */
export const bool: Codec<boolean> = {
  encode: (to, value) => to.int(value ? 1 : 0),
  decode: (from) => {
    const value = from.int();
    if (value !== 0 && value !== 1) throw notDecodable(`${value} stands where 0 or 1 must be`);
    return value === 1;
  },
};

/** `T *`: a value or nothing. */
export function optional<T>(item: Codec<T>): Codec<T | undefined> {
  return {
    encode(to, value) {
      bool.encode(to, value !== undefined);
      if (value !== undefined) item.encode(to, value);
    },
    decode: (from) => (bool.decode(from) ? item.decode(from) : undefined),
  };
}

/** Several values in a row, in the order of the keys. */
export function struct<const S extends Readonly<Record<string, Codec<unknown>>>>(
  fields: S,
): Codec<{ readonly [K in keyof S]: Carried<S[K]> }> {
  const entries = Object.entries(fields);
  return {
    encode(to, value) {
      for (const [key, field] of entries) field.encode(to, value[key]);
    },
    decode(from) {
      const values: Record<string, unknown> = {};
      for (const [key, field] of entries) values[key] = field.decode(from);
      return values as { readonly [K in keyof S]: Carried<S[K]> };
    },
  };
}

/** A codec of another shape of the same value. */
export function mapped<Wire, T>(
  wire: Codec<Wire>,
  shape: { readonly toWire: (value: T) => Wire; readonly fromWire: (value: Wire) => T },
): Codec<T> {
  return {
    encode: (to, value) => wire.encode(to, shape.toWire(value)),
    decode: (from) => shape.fromWire(wire.decode(from)),
  };
}
