import { describe, expect, it } from '@jest/globals';
import { developing } from './developing.ts';

describe('what development adds to a program', () => {
  it.each([
    { given: {}, name: 'manager', added: [] },
    { given: { inspect: ['manager'] }, name: 'manager', added: ['--inspect=127.0.0.1:0'] },
    { given: { inspect: ['manager'] }, name: 'apiserver', added: [] },
    { given: { inspect: ['apiserver=9229'] }, name: 'apiserver', added: ['--inspect=127.0.0.1:9229'] },
    { given: { inspect: ['provider/lab=9230'] }, name: 'manager', added: ['--inspect=127.0.0.1:9230'] },
    { given: { watch: true }, name: 'apiserver', added: ['--watch', '--watch-preserve-output'] },
  ] as const)('is of $given, to the $name: $added', ({ given, name, added }) =>
    expect(developing(given, name)).toEqual(added),
  );

  it.each(['up', 'manager=', 'manager=70000', ''])('refuses %p', (process_) =>
    expect(() => developing({ inspect: [process_] }, 'manager')).toThrow(/write manager, apiserver or provider\/NAME/),
  );
});
