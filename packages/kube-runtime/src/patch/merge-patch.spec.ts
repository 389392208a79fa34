import { describe, expect, it } from '@jest/globals';
import { applyMergePatch, mergePatchOf } from './merge-patch.ts';
import { seeded } from '../testing/seeded.ts';

describe('mergePatchOf', () => {
  it.each([
    { because: 'nothing differs', before: { a: 1, b: { c: [1] } }, after: { a: 1, b: { c: [1] } }, patch: undefined },
    { because: 'the order of members means nothing', before: { a: 1, b: 2 }, after: { b: 2, a: 1 }, patch: undefined },
    { because: 'undefined is absent', before: { a: 1 }, after: { a: 1, b: undefined }, patch: undefined },
    { because: 'null is absent, too', before: { a: 1 }, after: { a: 1, b: null }, patch: undefined },
    { because: 'a member is new', before: {}, after: { a: 1 }, patch: { a: 1 } },
    { because: 'a member is gone', before: { a: 1, b: 2 }, after: { b: 2 }, patch: { a: null } },
    {
      because: 'only what differs inside is said',
      before: { a: { b: 1, c: 2 } },
      after: { a: { b: 1, c: 3 } },
      patch: { a: { c: 3 } },
    },
    { because: 'arrays are replaced whole', before: { a: [1, 2] }, after: { a: [1] }, patch: { a: [1] } },
    { because: 'order counts in arrays', before: { a: [1, 2] }, after: { a: [2, 1] }, patch: { a: [2, 1] } },
    {
      because: 'an object in an array that says undefined is the same',
      before: { a: [{ x: 1 }] },
      after: { a: [{ x: 1, y: undefined }] },
      patch: undefined,
    },
    { because: 'a scalar becomes an object', before: { a: 1 }, after: { a: { b: 1 } }, patch: { a: { b: 1 } } },
    {
      because: 'a new object takes no nulls along',
      before: {},
      after: { a: { b: 1, c: null } },
      patch: { a: { b: 1 } },
    },
    { because: 'an empty object is something', before: {}, after: { a: {} }, patch: { a: {} } },
    {
      because: '0, false and empty text are values',
      before: { a: 1, b: true, c: 'x' },
      after: { a: 0, b: false, c: '' },
      patch: { a: 0, b: false, c: '' },
    },
  ])('is $patch because $because', ({ before, after, patch }) => {
    expect(mergePatchOf(before, after)).toEqual(patch);
  });

  it('makes `after` of `before`, whatever the two are', () => {
    const random = seeded(7);
    for (let round = 0; round < 500; round += 1) {
      const before = randomMembers(random, 3);
      const after = randomMembers(random, 3);
      const patch = mergePatchOf(before, after);
      expect(patch === undefined ? before : applyMergePatch(before, patch)).toEqual(after);
    }
  });
});

describe('applyMergePatch', () => {
  it('changes neither argument', () => {
    const target = { a: { b: 1 } };
    expect(applyMergePatch(target, { a: { b: null, c: 2 } })).toEqual({ a: { c: 2 } });
    expect(target).toEqual({ a: { b: 1 } });
  });

  it('treats __proto__ as a name like any other', () => {
    const patch = JSON.parse('{"__proto__": {"polluted": true}}') as object;
    applyMergePatch({}, patch);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

function randomMembers(random: () => number, depth: number): Record<string, unknown> {
  const names = ['a', 'b', 'c', 'd'].filter(() => random() < 0.6);
  return Object.fromEntries(names.map((name) => [name, randomValue(random, depth)]));
}

function randomValue(random: () => number, depth: number): unknown {
  const kind = Math.floor(random() * (depth > 0 ? 5 : 3));
  if (kind === 0) return Math.floor(random() * 3);
  if (kind === 1) return random() < 0.5 ? 'x' : '';
  if (kind === 2) return random() < 0.5;
  if (kind === 3) return [1, 2, 3].filter(() => random() < 0.5);
  return randomMembers(random, depth - 1);
}
