import { describe, expect, it } from '@jest/globals';
import { decodeMarker, encodeMarker, MARKER_BYTES } from './marker.ts';

describe('the marker of a volume', () => {
  it('reads back what it wrote, always in one size', () => {
    const marker = { operationId: 'create-1', virtualSizeBytes: 5, sha256: 'ab', detached: true };
    expect(encodeMarker(marker)).toHaveLength(MARKER_BYTES);
    expect(decodeMarker(encodeMarker(marker))).toEqual(marker);
    expect(encodeMarker({ operationId: '', virtualSizeBytes: 0 })).toHaveLength(MARKER_BYTES);
  });

  it.each([
    ['made and never written', Buffer.alloc(MARKER_BYTES)],
    ['cut short', Buffer.from(encodeMarker({ operationId: 'x', virtualSizeBytes: 1 })).subarray(0, 12)],
    ['something else', Buffer.from('{"hello":1}')],
    ['empty', Buffer.alloc(0)],
  ])('is none when it was %s', (_, bytes) => {
    expect(decodeMarker(bytes)).toBeUndefined();
  });

  it('refuses what does not fit', () => {
    expect(() => encodeMarker({ operationId: 'x'.repeat(MARKER_BYTES), virtualSizeBytes: 1 })).toThrow(RangeError);
  });
});
