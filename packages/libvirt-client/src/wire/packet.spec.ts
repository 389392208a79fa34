import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodePacket, PacketReader, PacketType } from './packet.ts';

const header = { program: 0x2000_8086, procedure: 14, type: PacketType.call, serial: 3, status: 0 };

describe('packets', () => {
  it('have seven words in front, the whole length first', () => {
    expect(encodePacket(header, Buffer.from('ab')).toString('hex')).toBe(
      '0000001e' + '20008086' + '00000001' + '0000000e' + '00000000' + '00000003' + '00000000' + '6162',
    );
  });

  it('come out as they went in, however the stream is cut', () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 8 });
    fc.assert(
      fc.property(payloads, fc.integer({ min: 1, max: 60 }), (sent, step) => {
        const stream = Buffer.concat(sent.map((payload, serial) => encodePacket({ ...header, serial }, payload)));
        const reader = new PacketReader();
        const got = [];
        for (let at = 0; at < stream.length; at += step) got.push(...reader.push(stream.subarray(at, at + step)));
        expect(got.map(({ payload }) => [...payload])).toEqual(sent.map((payload) => [...payload]));
        expect(got.map(({ serial }) => serial)).toEqual(sent.map((_, serial) => serial));
      }),
    );
  });

  it.each([
    { what: 'shorter than its header', length: 27 },
    { what: 'longer than libvirt allows', length: 33_554_437 },
    { what: 'of absurd length', length: 0xffff_ffff },
  ])('are refused when one is $what, before any more is read', ({ length }) => {
    const word = Buffer.alloc(4);
    word.writeUInt32BE(length);
    expect(() => new PacketReader().push(word)).toThrow(
      expect.objectContaining({ kind: 'protocol', message: expect.stringContaining(`announces ${length} bytes`) }),
    );
  });

  it('are refused when the version is not ours', () => {
    const packet = encodePacket(header);
    packet.writeUInt32BE(2, 8);
    expect(() => new PacketReader().push(packet)).toThrow('protocol version 2');
  });
});
