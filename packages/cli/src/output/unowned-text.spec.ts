import { describe, expect, it } from '@jest/globals';
import { isRuledOut, unownedTable, type UnownedMachine } from './unowned-text.ts';

const machine = (name: string): UnownedMachine => ({
  id: `id-${name}`,
  name,
  owner: { namespace: 'default', name: 'web', uid: `uid-${name}` },
});

describe('unownedTable', () => {
  it('has a column for problems only where there is one', () => {
    expect(unownedTable([machine('a')])).toBe('NAME   ID     OWNER         UID\na      id-a   default/web   uid-a\n');
    expect(unownedTable([{ ...machine('a'), problem: 'no' }, machine('b')])).toBe(
      'NAME   ID     OWNER         UID     PROBLEM\na      id-a   default/web   uid-a   no\nb      id-b   default/web   uid-b\n',
    );
  });
});

describe('isRuledOut', () => {
  const [a, b, c] = [machine('a'), machine('b'), machine('c')];
  it.each([
    { because: 'there is none', unowned: undefined, expected: true },
    { because: 'it is told of', unowned: { count: 2, machines: [a, b] }, expected: false },
    { because: 'all are told of', unowned: { count: 1, machines: [a] }, expected: true },
    { because: 'it would be among the first', unowned: { count: 9, machines: [a, c] }, expected: true },
    { because: 'it may be among those that are not told of', unowned: { count: 9, machines: [a] }, expected: false },
  ])('$expected because $because', ({ unowned, expected }) => {
    expect(isRuledOut(unowned, b)).toBe(expected);
  });
});
