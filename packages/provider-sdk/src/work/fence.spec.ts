import { describe, expect, it } from '@jest/globals';
import { Fence } from './fence.ts';

describe('Fence', () => {
  it('keeps older leaders of a cluster out, and no leader of another', () => {
    const fence = new Fence();
    fence.announce('a', 7n);
    expect(() => {
      fence.check('a', 6n);
    }).toThrow(expect.objectContaining({ reason: 'STALE_TERM', metadata: { highest_term: '7' } }));
    fence.check('a', 7n);
    fence.check('a', 8n);
    fence.check('b', 0n);
  });

  it('never goes back', () => {
    const fence = new Fence();
    fence.announce('a', 7n);
    fence.announce('a', 3n);
    expect([fence.highest('a'), fence.highest('b')]).toEqual([7n, 0n]);
  });
});
