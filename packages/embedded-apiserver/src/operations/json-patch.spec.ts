import { describe, expect, it } from '@jest/globals';
import { jsonPatch, parseJsonPatch } from './json-patch.ts';

const apply = (object: object, ...operations: object[]) => jsonPatch(object as never, parseJsonPatch(operations));

describe('a JSON patch', () => {
  it.each([
    { op: { op: 'add', path: '/b', value: 2 }, from: { a: 1 }, to: { a: 1, b: 2 } },
    { op: { op: 'add', path: '/a', value: null }, from: { a: 1 }, to: { a: null } },
    { op: { op: 'add', path: '/a/1', value: 9 }, from: { a: [1, 2] }, to: { a: [1, 9, 2] } },
    { op: { op: 'add', path: '/a/-', value: 9 }, from: { a: [1, 2] }, to: { a: [1, 2, 9] } },
    { op: { op: 'add', path: '/a~1b/c~0d', value: 9 }, from: { 'a/b': {} }, to: { 'a/b': { 'c~d': 9 } } },
    { op: { op: 'add', path: '', value: { b: 1 } }, from: { a: 1 }, to: { b: 1 } },
    { op: { op: 'remove', path: '/a/0' }, from: { a: [1, 2] }, to: { a: [2] } },
    { op: { op: 'remove', path: '/a' }, from: { a: [1, 2], b: 1 }, to: { b: 1 } },
    { op: { op: 'replace', path: '/a/1/b', value: 3 }, from: { a: [1, { b: 2 }] }, to: { a: [1, { b: 3 }] } },
    { op: { op: 'move', from: '/a', path: '/b/0' }, from: { a: 1, b: [2] }, to: { b: [1, 2] } },
    { op: { op: 'copy', from: '/a', path: '/b' }, from: { a: { c: 1 } }, to: { a: { c: 1 }, b: { c: 1 } } },
    { op: { op: 'test', path: '/a', value: { c: 1, d: 2 } }, from: { a: { d: 2, c: 1 } }, to: { a: { d: 2, c: 1 } } },
  ])('makes of $from by $op: $to', ({ op, from, to }) => {
    expect(apply(from, op)).toEqual(to);
  });

  it.each([
    { op: { op: 'remove', path: '/b' }, why: 'there is nothing at /b' },
    { op: { op: 'replace', path: '/a/2', value: 1 }, why: 'there is nothing at /a/2' },
    { op: { op: 'add', path: '/a/3', value: 1 }, why: 'a list of 2 has no place 3' },
    { op: { op: 'add', path: '/a/01', value: 1 }, why: '01 is no place in a list of 2' },
    { op: { op: 'add', path: '/b/c', value: 1 }, why: 'there is nothing at /b' },
    { op: { op: 'add', path: '/a/0/c', value: 1 }, why: 'c has no place in 1' },
    { op: { op: 'test', path: '/a', value: [2] }, why: 'the value at /a is not the one to test for' },
    { op: { op: 'remove', path: '/constructor' }, why: 'there is nothing at /constructor' },
    { op: { op: 'replace', path: '', value: 1 }, why: 'what is left is no object' },
  ])('is refused when $why', ({ op, why }) => {
    expect(() => apply({ a: [1, 2] }, op)).toThrow(why);
  });

  it.each([
    {},
    'x',
    [{}],
    [{ op: 'add', path: '/a' }],
    [{ op: 'add', path: 'a', value: 1 }],
    [{ op: 'move', path: '/a' }],
  ])('is none: %j', (patch) => {
    expect(() => parseJsonPatch(patch)).toThrow('error decoding patch');
  });

  it('makes no prototypes', () => {
    const result = apply({}, { op: 'add', path: '/__proto__', value: { x: 1 } });
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  });

  it('may not grow without end', () => {
    const doubling = Array.from({ length: 60 }, (_, index) => ({ op: 'copy', from: '/a', path: `/a/${index}` }));
    expect(() => apply({ a: { text: 'x'.repeat(1000) } }, ...doubling)).toThrow('copies more than');
    const many = Array.from({ length: 10_001 }, () => ({ op: 'remove', path: '/a' }));
    expect(() => parseJsonPatch(many)).toThrow('The allowed maximum operations in a JSON patch is 10000, got 10001');
  });
});
