import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Codec } from './codec.ts';
import { bool, decodeWith, double, encodeWith, hyper, int, optional, struct, uhyper, uint } from './codec.ts';
import { array, charArray, string, uuid } from './sequences.ts';

const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));

describe('XDR codecs', () => {
  it.each<{ type: string; codec: Codec<unknown>; values: fc.Arbitrary<unknown> }>([
    { type: 'int', codec: int, values: fc.integer() },
    { type: 'unsigned int', codec: uint, values: fc.nat(0xffff_ffff) },
    { type: 'hyper', codec: hyper, values: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
    { type: 'unsigned hyper', codec: uhyper, values: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
    { type: 'double', codec: double, values: fc.double({ noNaN: true }) },
    { type: 'bool', codec: bool, values: fc.boolean() },
    { type: 'string', codec: string, values: text },
    { type: 'uuid', codec: uuid, values: fc.uuid() },
    { type: 'optional', codec: optional(string), values: fc.option(text, { nil: undefined }) },
    {
      type: 'list',
      codec: array(struct({ a: string, b: hyper })),
      values: fc.array(fc.record({ a: text, b: fc.bigInt({ min: 0n, max: 9n }) })),
    },
  ])('brings every $type back as it was, in whole words', ({ codec, values }) => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encodeWith(codec, value);
        expect([bytes.length % 4, decodeWith(codec, bytes)]).toEqual([0, value]);
      }),
    );
  });

  it.each<{ what: string; codec: Codec<unknown>; value: unknown; hex: string }>([
    { what: 'a string', codec: string, value: 'abc', hex: '00000003' + '61626300' },
    { what: 'a negative int', codec: int, value: -2, hex: 'fffffffe' },
    { what: 'a hyper', codec: hyper, value: 1n, hex: '0000000000000001' },
    { what: 'nothing', codec: optional(int), value: undefined, hex: '00000000' },
    { what: 'something', codec: optional(int), value: 7, hex: '0000000100000007' },
    { what: 'a list', codec: array(int), value: [1, 2], hex: '000000020000000100000002' },
    {
      what: 'a UUID',
      codec: uuid,
      value: '6695eb01-f6a4-8304-79aa-97f2502e193f',
      hex: '6695eb01f6a4830479aa97f2502e193f',
    },
    { what: 'chars, four bytes each', codec: charArray(2), value: 'a', hex: '0000006100000000' },
  ])('writes $what as RFC 4506 says', ({ codec, value, hex }) => {
    expect(encodeWith(codec, value).toString('hex')).toBe(hex);
  });

  it.each([
    { what: 'an int out of range', encode: () => encodeWith(int, 2 ** 31) },
    { what: 'a fraction', encode: () => encodeWith(uint, 1.5) },
    { what: 'a negative unsigned', encode: () => encodeWith(uhyper, -1n) },
    { what: 'a text with a NUL', encode: () => encodeWith(string, 'a\0b') },
    { what: 'a text that is too long', encode: () => encodeWith(string, 'x'.repeat(4_194_305)) },
    { what: 'a list that is too long', encode: () => encodeWith(array(int, 2), [1, 2, 3]) },
    { what: 'no UUID', encode: () => encodeWith(uuid, '6695eb01') },
  ])('refuses to write $what, and says that nothing was sent', ({ encode }) => {
    expect(encode).toThrow(expect.objectContaining({ kind: 'protocol', outcome: 'not-sent' }));
  });
});
