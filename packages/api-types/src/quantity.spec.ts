import { describe, expect, it } from '@jest/globals';
import { diskBytes, formatSize, memoryBytes, parseSizeBytes } from './quantity.ts';

describe('parseSizeBytes', () => {
  it.each([
    ['1Mi', 1_048_576],
    ['512Mi', 536_870_912],
    ['4Gi', 4_294_967_296],
    ['2Ti', 2_199_023_255_552],
  ])('reads %s as %d bytes', (size, bytes) => expect(parseSizeBytes(size)).toBe(bytes));

  it.each(['', '4', '4G', '4GB', '0Gi', '04Gi', '1.5Gi', ' 4Gi', '4gi', '-1Gi', '12345678Mi'])(
    'does not read %p',
    (size) => expect(parseSizeBytes(size)).toBeUndefined(),
  );
});

describe('formatSize', () => {
  it.each([
    [0, '0'],
    [1000, '1000'],
    [1_048_576, '1Mi'],
    [1_073_741_824, '1Gi'],
    [1_610_612_736, '1536Mi'],
    [2_199_023_255_552, '2Ti'],
  ])('writes %d as %s', (bytes, size) => expect(formatSize(bytes)).toBe(size));
});

describe('two spellings of one size', () => {
  it('are the same memory', () => {
    expect(memoryBytes({ memoryMiB: 1024 })).toBe(memoryBytes({ memory: '1Gi' }));
    expect(memoryBytes({})).toBeUndefined();
  });

  it('are the same disk', () => {
    expect(diskBytes({ sizeGiB: 2 })).toBe(diskBytes({ size: '2048Mi' }));
    expect(diskBytes({})).toBeUndefined();
  });
});
