import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { kindSchemas } from '../crd/custom-resource-definition.ts';
import { lintSchema } from '../testing/schema-lint.ts';
import { listOf, mapOf, setOf, textMap } from './collection.ts';
import { withRules } from './rule.ts';

/** Kubernetes' own type of this is a plain list; nobody merges into it. */
const allowed = /\.matchExpressions: unkeyed list of maps$/;

describe('lintSchema', () => {
  it.each(Object.entries(kindSchemas))('finds nothing that a CRD would lose in %s', (_kind, { spec, status }) => {
    const findings = [spec, status].flatMap((schema) => (schema === undefined ? [] : lintSchema(schema, 'at')));
    expect(findings.filter((finding) => !allowed.test(finding))).toEqual([]);
  });

  const bounded = () => z.string().max(9);
  it.each([
    { what: '.refine', schema: bounded().refine((value) => value !== 'x'), finding: /does not have/ },
    {
      what: '.refine beside rules',
      schema: withRules(bounded(), []).refine((value) => value !== 'x'),
      finding: /does not have/,
    },
    { what: '.transform', schema: bounded().transform((value) => value.length), finding: /cannot say pipe/ },
    { what: '.trim', schema: bounded().trim(), finding: /cannot change/ },
    { what: 'an unbounded string', schema: z.string(), finding: /unbounded string/ },
    {
      what: 'an unbounded list',
      schema: z.array(bounded()).meta({ 'x-kubernetes-list-type': 'atomic' }),
      finding: /unbounded list/,
    },
    { what: 'a list without a type', schema: z.array(bounded()).max(3), finding: /without x-kubernetes-list-type/ },
    { what: 'an unkeyed list of maps', schema: listOf(z.object({ a: bounded() }), { max: 3 }), finding: /unkeyed/ },
    { what: 'an unbounded map', schema: z.record(z.string(), bounded()), finding: /unbounded map/ },
    { what: 'a map with closed keys', schema: z.record(z.enum(['a']), bounded()), finding: /all required/ },
    { what: 'a union', schema: z.union([bounded(), z.int()]), finding: /cannot say union/ },
    {
      what: 'a discriminated union',
      schema: z.discriminatedUnion('a', [z.object({ a: z.literal('x') }), z.object({ a: z.literal('y') })]),
      finding: /cannot say union/,
    },
    { what: 'a tuple', schema: z.tuple([bounded()]), finding: /cannot say tuple/ },
    { what: 'any', schema: z.any(), finding: /cannot say any/ },
    { what: 'bigint', schema: z.bigint(), finding: /cannot say bigint/ },
    { what: 'two patterns', schema: bounded().regex(/a/).regex(/b/), finding: /allOf is illegal/ },
    { what: 'a look-ahead', schema: bounded().regex(/^(?!x)/), finding: /looks around/ },
    { what: 'an exclusive bound', schema: z.number().gt(1), finding: /exclusiveMinimum is illegal/ },
  ])('finds $what', ({ schema, finding }) => {
    const found = lintSchema(z.object({ field: schema }), 'at');
    expect(found).not.toEqual([]);
    expect(found[0]).toMatch(finding);
    expect(found[0]).toMatch(/^at\.field/);
  });

  it.each([
    ['a set', setOf(bounded(), { max: 3 })],
    ['a map list', mapOf(z.object({ name: bounded() }), { keys: ['name'], max: 3 })],
    ['a text map', textMap({ maxEntries: 3, maxValueLength: 9 })],
    ['rules on a set', withRules(setOf(bounded(), { max: 3 }), [])],
  ])('takes %s', (_what, schema) => {
    expect(lintSchema(schema, 'at')).toEqual([]);
  });
});
