import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventRows } from '../procedures/events.ts';
import * as connectProcedures from '../procedures/connect.ts';
import * as deviceProcedures from '../procedures/domain-device.ts';
import * as powerProcedures from '../procedures/domain-power.ts';
import * as domainProcedures from '../procedures/domain.ts';
import * as networkProcedures from '../procedures/network.ts';
import * as nodeProcedures from '../procedures/node.ts';
import * as snapshotProcedures from '../procedures/snapshot.ts';
import * as storageProcedures from '../procedures/storage.ts';
import { typedParams } from '../procedures/wire-types.ts';
import { LibvirtError } from '../libvirt-error.ts';
import { remoteError } from '../wire/remote-error.ts';
import type { Codec } from './codec.ts';
import { bool, decodeWith, int, struct } from './codec.ts';
import { array, string } from './sequences.ts';

const results: readonly Codec<unknown>[] = [
  ...[
    ...[connectProcedures, deviceProcedures, powerProcedures, domainProcedures, networkProcedures],
    ...[nodeProcedures, snapshotProcedures, storageProcedures],
  ].flatMap((rows) => Object.values(rows).map((row) => row.result as Codec<unknown>)),
  ...eventRows.map((row) => row.payload),
  remoteError,
];

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

/** What decoding fails with, `'nothing'` when it succeeds. */
function failureOf(codec: Codec<unknown>, noise: Buffer): string {
  try {
    decodeWith(codec, noise);
    return 'nothing';
  } catch (error) {
    return error instanceof LibvirtError ? error.name : String(error);
  }
}

const nothingOrLibvirtError = expect.stringMatching(/^(nothing|LibvirtError)$/);

describe('the decoder', () => {
  it('answers any bytes with a value or a LibvirtError, never with another failure', () => {
    fc.assert(
      fc.property(fc.constantFrom(...results), fc.uint8Array({ maxLength: 400 }), (codec, noise) => {
        expect(failureOf(codec, Buffer.from(noise))).toEqual(nothingOrLibvirtError);
      }),
      { numRuns: 5_000 },
    );
  });

  it('answers words that look like lengths the same way', () => {
    const word = fc.constantFrom(0, 1, 2, 3, 4, 7, 255, 4_096, 16_384, 0x7fff_ffff, 0xffff_ffff);
    fc.assert(
      fc.property(fc.constantFrom(...results), fc.array(word, { maxLength: 60 }), (codec, words) => {
        const noise = Buffer.alloc(words.length * 4);
        words.forEach((value, index) => noise.writeUInt32BE(value, index * 4));
        expect(failureOf(codec, noise)).toEqual(nothingOrLibvirtError);
      }),
      { numRuns: 5_000 },
    );
  });

  it.each<{ what: string; codec: Codec<unknown>; hex: string; message: string }>([
    {
      what: 'bytes left over',
      codec: int,
      hex: '0000000100000002',
      message: '4 bytes are left over',
    },
    {
      what: 'a missing word',
      codec: struct({ a: int, b: int }),
      hex: '00000001',
      message: '4 bytes are needed, but only 0 are left',
    },
    {
      what: 'a string longer than its packet',
      codec: string,
      hex: '0000001061626364',
      message: '16 bytes are needed, but only 4 are left',
    },
    {
      what: 'a string longer than libvirt allows',
      codec: string,
      hex: '7fffffff',
      message: '2147483647 bytes are announced where at most 4194304 may be',
    },
    {
      what: 'more items than allowed',
      codec: array(int, 3),
      hex: '00000004',
      message: '4 items are announced where at most 3 may be',
    },
    {
      what: 'more items than bytes',
      codec: array(int),
      hex: '0000400000000001',
      message: 'a list announces 16384 items, but only 4 bytes follow',
    },
    {
      what: 'a truth value that is none',
      codec: bool,
      hex: '00000002',
      message: '2 stands where 0 or 1 must be',
    },
    {
      what: 'an unknown parameter type',
      codec: typedParams,
      hex: '00000001' + '00000000' + '00000008',
      message: 'a typed parameter has the unknown type 8',
    },
  ])('refuses $what', ({ codec, hex, message }) => {
    expect(() => decodeWith(codec, bytes(hex))).toThrow(
      expect.objectContaining({ kind: 'protocol', message: `cannot decode what libvirtd sent: ${message}` }),
    );
  });
});
