import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../json-value.ts';
import { parseSchema } from '../schema/parse-schema.ts';
import { validateRules } from './validate-rules.ts';

const properties: JsonObject = {
  a: { type: 'integer' },
  b: { type: 'string' },
  namespace: { type: 'string' },
  'dash-ed': { type: 'boolean' },
  list: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' }, n: { type: 'integer' } } } },
  map: { type: 'object', additionalProperties: { type: 'string' } },
};
const withRule = (rule: string, more: JsonObject = {}) =>
  parseSchema(
    { type: 'object', properties, 'x-kubernetes-validations': [{ rule, message: 'broken', ...more }] },
    'test',
  );
const holds = (rule: string, object: JsonObject) => validateRules(object, withRule(rule)).length === 0;

describe('rules', () => {
  it.each([
    ['has(self.a)', { a: 1 }, true],
    ['has(self.a)', {}, false],
    ['self.a == 1', { a: 1 }, true],
    ['self.a + 1 == 3 && self.a % 2 == 0', { a: 2 }, true],
    ['self.b.size() == 2', { b: 'äö' }, true],
    ["self.b.matches('^[a-c]+$')", { b: 'abc' }, true],
    ["self.b.startsWith('a') && self.b.endsWith('c') && self.b.contains('b')", { b: 'abc' }, true],
    ['int(self.b.substring(0, self.b.size() - 2)) == 40', { b: '40Gi' }, true],
    ['self.list.all(x, x.n > 0)', { list: [{ n: 1 }, { n: 0 }] }, false],
    ["self.list.exists(x, x.name == 'y')", { list: [{ name: 'y' }] }, true],
    ['self.list.exists_one(x, x.n == 1)', { list: [{ n: 1 }, { n: 1 }] }, false],
    ['self.list.filter(x, x.n > 1).size() == 1', { list: [{ n: 1 }, { n: 2 }] }, true],
    ['self.list.map(x, x.n) == [1, 2]', { list: [{ n: 1 }, { n: 2 }] }, true],
    ["'k' in self.map && self.map['k'] == 'v'", { map: { k: 'v' } }, true],
    ["self.map.all(k, k.startsWith('x'))", { map: { xa: '', b: '' } }, false],
    ["self.b in ['x', 'y']", { b: 'y' }, true],
    ['has(self.a) ? self.a > 0 : !has(self.b)', {}, true],
    ["self.__namespace__ == 'n' && self.dash__dash__ed", { namespace: 'n', 'dash-ed': true }, true],
  ])('%s of %j is %s', (rule, object, expected) => {
    expect(holds(rule, object as JsonObject)).toBe(expected);
  });

  it('that cannot be evaluated are broken, and say why', () => {
    const [error] = validateRules({}, withRule('self.a > 1'));
    expect(error?.detail).toMatch(/no such key/i);
  });

  it('that read oldSelf wait for an update', () => {
    const schema = withRule('self.a >= oldSelf.a', { fieldPath: '.a' });
    expect(validateRules({ a: 1 }, schema)).toEqual([]);
    expect(validateRules({ a: 2 }, schema, { a: 1 })).toEqual([]);
    expect(validateRules({ a: 1 }, schema, { a: 2 })).toMatchObject([{ path: 'a', detail: 'broken' }]);
  });

  it.each([
    ['self == oldSelf', { a: 1, b: 'x' }, { a: 1, b: 'y' }],
    ["size(self.list) == size(oldSelf.list) && 'b' in self", { list: [] }, { list: [], b: 'y' }],
    ['self.a == oldSelf.a && self.list.all(x, x.n == oldSelf.a)', { a: 1, list: [{ n: 2 }] }, { a: 1, list: [] }],
    ['has(oldSelf.b) ? self.a == 2 : true', { a: 1 }, { a: 1, b: 'y' }],
    ["self.__namespace__ == 'n' || oldSelf.a == 1", { namespace: 'm' }, { namespace: 'n', a: 2 }],
  ])('are given all that they read: %s', (rule, object, before) => {
    expect(validateRules(object as JsonObject, withRule(rule), before as JsonObject)).toMatchObject([
      { detail: 'broken' },
    ]);
  });

  it('let through what is unchanged', () => {
    const schema = withRule('self.a < 5');
    expect(validateRules({ a: 9 }, schema, { a: 9 })).toEqual([]);
    expect(validateRules({ a: 8 }, schema, { a: 9 })).toHaveLength(1);
  });

  it.each([
    ['self.nothing == 1', "undefined field 'nothing'"],
    ['self.list.all(x, x.nothing == 1)', "undefined field 'nothing'"],
    ['other == 1', /other/],
    ["self.b.matches('(?=x)')", /look-around/],
    ["self.b.lowerAscii() == 'x'", /lowerAscii/],
    ["duration(self.b) > duration('1s')", /duration/],
    ["{'a': 1}.size() == 1", 'map is not supported'],
    ['self.a ==', /test/],
    ["self.a == 'x' + 1", /no such overload|overload/],
  ])('%s is refused when the CRD is loaded', (rule, why) => {
    expect(() => withRule(rule)).toThrow(why);
  });

  it.each([
    [{ messageExpression: "'x'" }, 'messageExpression is not supported'],
    [{ optionalOldSelf: true }, 'optionalOldSelf is not supported'],
    [{ fieldPath: '.nothing' }, 'names no field'],
    [{ reason: 'Because' }, 'reason must be one of'],
  ])('with %j are refused', (more, why) => {
    expect(() => withRule('has(self.a)', more as JsonObject)).toThrow(why);
  });
});
