import { describe, expect, it } from '@jest/globals';
import { duplicateFields } from './duplicate-fields.ts';

describe('duplicateFields', () => {
  it.each([
    ['{"a":1,"b":{"a":2},"c":[{"a":1},{"a":2}]}', []],
    ['{"a":1,"a":2}', ['a']],
    ['{"a":{"b":[{"c":1},{"c":1,"c":2}]}}', ['a.b[1].c']],
    ['{"a":"\\"a\\":1,\\"a\\":2","b":"}"}', []],
    ['{"\\u0061":1,"a":2}', ['a']],
    [' { "a" : [ ] , "b" : { } , "a" : null } ', ['a']],
    ['{"a":1,"b":2,"a":1}', ['a']],
    ['{"1":1,"0":{"b":1,"b":1}}', ['0.b']],
    ['[]', []],
  ])('finds in %s: %j', (text, expected) => {
    expect(duplicateFields(text, JSON.parse(text))).toEqual(expected);
  });
});
