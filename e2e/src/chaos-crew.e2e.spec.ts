import { describe, expect, it } from '@jest/globals';
import { sharesOf } from '../chaos/crew.ts';

describe('seeds that several processes play', () => {
  it('are each in one share, in order', () => {
    expect(sharesOf({ seed: 7, runs: 60 })).toEqual([
      { seed: 7, runs: 25 },
      { seed: 32, runs: 25 },
      { seed: 57, runs: 10 },
    ]);
    expect(sharesOf({ seed: 1, runs: 1 })).toEqual([{ seed: 1, runs: 1 }]);
  });
});
