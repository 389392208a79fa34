import { describe, expect, it } from '@jest/globals';
import { HEADER_BYTES, readImageHeader } from './image-header.ts';

function qcow2(change: (header: Buffer) => void = () => undefined): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(0x514649fb, 0);
  header.writeUInt32BE(3, 4);
  header.writeBigUInt64BE(25_165_824n, 24);
  change(header);
  return header;
}

describe('readImageHeader', () => {
  it('takes the size that a guest sees from a qcow2 header', () => {
    expect(readImageHeader(qcow2())).toEqual({ kind: 'qcow2', virtualSizeBytes: 25_165_824 });
  });

  it('takes what it does not know for raw', () => {
    expect(readImageHeader(Buffer.alloc(HEADER_BYTES, 7))).toEqual({ kind: 'raw' });
    expect(readImageHeader(Buffer.alloc(0))).toEqual({ kind: 'raw' });
  });

  it.each([
    ['an overlay', qcow2((header) => header.writeBigUInt64BE(104n, 8)), 'overlay'],
    ['data in another file', qcow2((header) => header.writeBigUInt64BE(4n, 72)), 'another file'],
    ['an old version', qcow2((header) => header.writeUInt32BE(1, 4)), 'version 1'],
    ['a VMDK', Buffer.concat([Buffer.from('KDMV'), Buffer.alloc(100)]), 'vmdk'],
  ])('refuses %s', (_, bytes, words) => {
    expect(readImageHeader(bytes)).toEqual({ kind: 'refused', why: expect.stringContaining(words) });
  });
});
