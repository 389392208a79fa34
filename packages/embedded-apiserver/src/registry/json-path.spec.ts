import { describe, expect, it } from '@jest/globals';
import { compileJsonPath } from './json-path.ts';

const refuse = (why: string) => new Error(why);
const value = {
  a: { b: [1, 2, 3], 'c.d': 'dotted' },
  list: [
    { type: 'Ready', status: 'True', depth: { n: 1 } },
    { type: 'Other', status: 'False', depth: { n: 2 } },
  ],
};

describe('compileJsonPath', () => {
  it.each([
    ['.a.b[0]', [1]],
    ['.a.b[-1]', [3]],
    ['.a.b[*]', [1, 2, 3]],
    ['.a.b', [[1, 2, 3]]],
    ["['a']['c.d']", ['dotted']],
    ['.a.c\\.d', ['dotted']],
    ['.list[?(@.type=="Ready")].status', ['True']],
    ["[?(@.type=='Ready')]", []],
    [".list[?(@.type!='Ready')].status", ['False']],
    ['.list[?(@.depth.n==2)].type', ['Other']],
    ['.missing.path', []],
    ['.constructor', []],
  ])('finds by %s: %j', (path, expected) => {
    expect(compileJsonPath(path, refuse)(value)).toEqual(expected);
  });

  it.each(['a.b', '.a..b', '.a[1:2]', '.a[?(@.x>1)]'])('refuses %s', (path) => {
    expect(() => compileJsonPath(path, refuse)).toThrow('is not supported');
  });
});
