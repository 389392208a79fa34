import { describe, expect, it } from '@jest/globals';
import { readOptions } from './options.js';

describe('readOptions', () => {
  it('starts a real machine, and asks first, when told nothing', () => {
    const defaults = { yes: false, provider: 'libvirt', name: 'hello', pool: 'virtrigaud', untilReady: false };
    expect(readOptions([])).toEqual({ kind: 'run', ...defaults });
  });

  it.each([
    [['-y', '--until-ready'], { yes: true, untilReady: true }],
    [['--provider', 'mock'], { provider: 'mock' }],
    [['--provider=mock', '--name=web-1'], { provider: 'mock', name: 'web-1' }],
  ])('takes %j', (argv, expected) => {
    expect(readOptions(argv)).toMatchObject({ kind: 'run', ...expected });
  });

  it.each([
    [['--provider', 'vmware'], 'choose libvirt or mock'],
    [['--provider'], 'needs a value'],
    [['--name', 'Web 1'], 'lower-case'],
    [['--pool', 'a b'], '--pool a b: use lower-case'],
    [['--fast'], 'unknown argument --fast'],
  ])('refuses %j and says why', (argv, why) => {
    expect(readOptions(argv)).toMatchObject({ kind: 'wrong', why: expect.stringContaining(why) });
  });
});
