import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../json-value.ts';
import { applyDefaults } from './apply-defaults.ts';
import { parseSchema } from './parse-schema.ts';
import { prune } from './prune.ts';
import { validate } from './validate.ts';

const of = (properties: JsonObject, more: JsonObject = {}) =>
  parseSchema({ type: 'object', properties, ...more }, 'test');
const spec = (schema: JsonObject) => of({ spec: schema });
const problems = (schema: JsonObject, value: unknown, before?: unknown) =>
  validate(
    { spec: value as JsonObject },
    spec(schema),
    before === undefined ? undefined : { spec: before as JsonObject },
  ).map(({ kind, path }) => `${kind} ${path}`);

describe('parseSchema', () => {
  it.each([
    [{ type: 'string', oneOf: [] }, 'openAPIV3Schema.properties[spec]: oneOf is not supported'],
    [{ type: 'string', anyOf: [] }, 'anyOf is not supported'],
    [{ $ref: '#/x' }, '$ref is not supported'],
    [{ type: 'strin' }, 'type "strin" does not exist'],
    [{}, 'type is missing'],
    [{ type: 'array' }, 'items is missing'],
    [{ type: 'string', pattern: '(?=x)' }, 'look-around'],
    [{ type: 'string', pattern: '(' }, 'is malformed'],
    [{ type: 'string', format: 'email' }, 'the format email is not supported'],
    [
      { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map' },
      'x-kubernetes-list-map-keys is missing',
    ],
  ])('refuses %j', (schema, why) => {
    expect(() => spec(schema)).toThrow(why);
  });
});

describe('validate', () => {
  it.each([
    [{ type: 'integer' }, 1.5, ['type spec']],
    [{ type: 'number' }, 1, []],
    [{ type: 'string' }, null, ['type spec']],
    [{ type: 'string', nullable: true }, null, []],
    [{ type: 'integer', exclusiveMaximum: true, maximum: 5 }, 5, ['invalid spec']],
    [{ type: 'integer', multipleOf: 4 }, 6, ['invalid spec']],
    [{ type: 'integer', format: 'int32' }, 2 ** 31, ['invalid spec']],
    [{ type: 'string', minLength: 2 }, 'ä', ['invalid spec']],
    [{ type: 'string', maxLength: 2 }, '😀😀', []],
    [{ type: 'string', format: 'date-time' }, 'yesterday', ['invalid spec']],
    [{ type: 'string', format: 'date-time' }, '2026-01-01T00:00:00.5+01:00', []],
    [{ type: 'string', format: 'ipv4' }, '10.0.0.256', ['invalid spec']],
    [{ type: 'string', format: 'cidr' }, 'fd00::/64', []],
    [{ type: 'string', format: 'nobody-knows' }, 'anything', []],
    [{ type: 'array', items: { type: 'string' }, minItems: 2 }, ['a'], ['invalid spec']],
    [{ type: 'object', additionalProperties: { type: 'integer' } }, { a: 'x' }, ['type spec.a']],
    [{ type: 'object', properties: { a: { type: 'object', required: ['b'] } } }, { a: {} }, ['required spec.a.b']],
    [{ 'x-kubernetes-int-or-string': true }, true, ['type spec']],
  ])('against %j, of %j: %j', (schema, value, expected) => {
    expect(problems(schema as JsonObject, value)).toEqual(expected);
  });

  it('lets through what was wrong before and is unchanged, item by item in lists that are maps', () => {
    const schema: JsonObject = {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: { type: 'object', properties: { name: { type: 'string' }, n: { type: 'integer', maximum: 5 } } },
    };
    const before = [{ name: 'old', n: 9 }];
    expect(
      problems(
        schema,
        [
          { name: 'new', n: 1 },
          { name: 'old', n: 9 },
        ],
        before,
      ),
    ).toEqual([]);
    expect(
      problems(
        schema,
        [
          { name: 'new', n: 9 },
          { name: 'old', n: 9 },
        ],
        before,
      ),
    ).toEqual(['invalid spec[0].n']);
    expect(problems(schema, [{ name: 'old', n: 8 }], before)).toEqual(['invalid spec[0].n']);
  });
});

describe('prune', () => {
  it('drops what is unknown at any depth, names it, and leaves metadata alone', () => {
    const schema = of({
      spec: {
        type: 'object',
        properties: {
          list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
          map: { type: 'object', additionalProperties: { type: 'object', properties: { a: { type: 'string' } } } },
        },
      },
    });
    const { object, unknown } = prune(
      { metadata: { anything: 1 }, spec: { list: [{ a: 'x', b: 1 }], map: { k: { b: 2 } } }, other: 1 },
      schema,
    );
    expect(object).toEqual({ metadata: { anything: 1 }, spec: { list: [{ a: 'x' }], map: { k: {} } } });
    expect(unknown).toEqual(['spec.list[0].b', 'spec.map[k].b', 'other']);
  });
});

describe('applyDefaults', () => {
  it('fills in what is missing, inside of defaults, too, and replaces null that is not allowed', () => {
    const schema = of({
      spec: {
        type: 'object',
        default: {},
        properties: {
          a: { type: 'string', default: 'x' },
          b: { type: 'object', properties: { c: { type: 'integer', default: 3 } } },
          d: { type: 'string', nullable: true, default: 'y' },
        },
      },
    });
    expect(applyDefaults({}, schema)).toEqual({ spec: { a: 'x', d: 'y' } });
    expect(applyDefaults({ spec: { a: null, b: {}, d: null } }, schema)).toEqual({
      spec: { a: 'x', b: { c: 3 }, d: null },
    });
  });
});

describe('prune and applyDefaults of what was made from a known object', () => {
  const part: JsonObject = {
    type: 'object',
    properties: {
      a: { type: 'string', default: 'x' },
      map: { type: 'object', additionalProperties: { type: 'string' } },
      list: { type: 'array', items: { type: 'object', properties: { n: { type: 'integer', default: 1 } } } },
    },
  };
  const schema = of({ spec: part, status: { type: 'object', properties: { a: { type: 'integer', default: 1 } } } });
  const known = { spec: { a: 'x', map: { k: 'v' }, list: [{ n: 1 }] }, status: { a: 1 } };
  const decode = (object: JsonObject, before?: JsonObject) => {
    const { object: pruned, unknown } = prune(object, schema, before);
    return { object: applyDefaults(pruned, schema, before), unknown };
  };

  it('keep the very same parts as they are', () => {
    const { object } = decode({ ...known, status: {} }, known);
    expect(object['spec']).toBe(known.spec);
    expect(object['status']).toEqual({ a: 1 });
  });

  it.each<{ because: string; change: JsonObject }>([
    { because: 'nothing was changed', change: known },
    { because: 'a member came that nobody knows', change: { ...known, spec: { ...known.spec, other: 1 } } },
    { because: 'a member with a default went', change: { ...known, spec: { list: known.spec.list } } },
    { because: 'an item was added', change: { ...known, spec: { ...known.spec, list: [...known.spec.list, {}] } } },
    { because: 'a part was moved to where another schema holds', change: { ...known, status: known.spec } },
    { because: 'a part went', change: { spec: known.spec } },
  ])('say the same as without it where $because', ({ change }) => {
    expect(decode(change, known)).toEqual(decode(change));
  });
});
