import { describe, expect, it } from '@jest/globals';
import { parseProfile, type ProfileInput } from './profile.ts';

describe('a profile', () => {
  it('has its defaults', () => {
    expect(parseProfile({})).toMatchObject({
      ok: true,
      profile: {
        namePrefix: 'conformance',
        limits: { cpus: 1, moreCpus: 2, memoryMiB: 256, moreMemoryMiB: 320 },
        callSeconds: 60,
      },
    });
  });
  it.each([
    ['a key that means nothing', { imagee: {} }, 'imagee'],
    ['a prefix that is no name', { namePrefix: 'A b' }, 'namePrefix'],
    ['a larger size that is not larger', { limits: { cpus: 4, moreCpus: 2 } }, 'moreCpus'],
    ['a call that may take longer than the contract allows', { callSeconds: 61 }, 'callSeconds'],
    ['a command without a program', { backdoor: { removeVm: [] } }, 'removeVm'],
  ] as const)('is refused for %s', (_name, input, words) => {
    expect(parseProfile(input as unknown as ProfileInput)).toMatchObject({
      ok: false,
      problem: expect.stringContaining(words),
    });
  });
});
