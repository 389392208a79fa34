import type { z } from 'zod';
import { structuralSchema, type SchemaNode } from '../crd/structural-schema.ts';

/** The kinds of zod schema that a CRD can express without loss. */
const TYPES = new Set([
  'string',
  'number',
  'boolean',
  'enum',
  'literal',
  'object',
  'array',
  'record',
  'optional',
  'default',
  'prefault',
]);

/** The words of a structural schema that both API servers know. */
const KEYWORDS = new Set([
  ...['type', 'description', 'properties', 'required', 'items', 'enum', 'pattern', 'default', 'additionalProperties'],
  ...['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'maxProperties'],
  ...['x-kubernetes-validations', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys'],
]);

interface Definition {
  readonly type: string;
  readonly checks?: readonly { readonly _zod: { readonly def: { readonly check: string } } }[];
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
}

const definitionOf = (schema: z.ZodType) => schema.def as unknown as Definition;

/** Checks of ours that the metadata carries into the CRD: rules, the keys of a list, the size of a map. */
function carriedChecks(meta: Readonly<Record<string, unknown>>): number {
  const listType = meta['x-kubernetes-list-type'];
  return [
    meta['x-kubernetes-validations'] !== undefined,
    listType === 'map' || listType === 'set',
    meta['maxProperties'] !== undefined,
  ].filter(Boolean).length;
}

function* lintZod(schema: z.ZodType, path: string): Generator<string> {
  const definition = definitionOf(schema);
  if (!TYPES.has(definition.type)) yield `${path}: a CRD cannot say ${definition.type}`;
  const checks = (definition.checks ?? []).map((check) => check._zod.def.check);
  if (checks.includes('overwrite')) yield `${path}: a CRD cannot change a value`;
  if (checks.filter((check) => check === 'custom').length > carriedChecks(schema.meta() ?? {}))
    yield `${path}: a check that the CRD does not have: use withRules`;
  if (definition.keyType !== undefined && definitionOf(definition.keyType).type !== 'string')
    yield `${path}: keys that are not plain strings are all required`;
  for (const [name, child] of Object.entries(definition.shape ?? {})) yield* lintZod(child, `${path}.${name}`);
  if (definition.element !== undefined) yield* lintZod(definition.element, `${path}[]`);
  if (definition.valueType !== undefined) yield* lintZod(definition.valueType, `${path}{}`);
  if (definition.innerType !== undefined) yield* lintZod(definition.innerType, path);
}

function* lintNode(node: SchemaNode, path: string): Generator<string> {
  for (const keyword of Object.keys(node)) if (!KEYWORDS.has(keyword)) yield `${path}: ${keyword} is illegal in a CRD`;
  const { type, items, properties, additionalProperties } = node as {
    type?: string;
    items?: SchemaNode;
    properties?: Readonly<Record<string, SchemaNode>>;
    additionalProperties?: SchemaNode;
  };
  if (type === undefined) yield `${path}: has no type`;
  if (type === 'string' && node['enum'] === undefined && node['maxLength'] === undefined)
    yield `${path}: unbounded string`;
  if (typeof node['pattern'] === 'string' && /\(\?[=!<]/.test(node['pattern'])) yield `${path}: pattern looks around`;
  if (type === 'array' && node['maxItems'] === undefined) yield `${path}: unbounded list`;
  if (type === 'array' && node['x-kubernetes-list-type'] === undefined)
    yield `${path}: list without x-kubernetes-list-type`;
  if (type === 'array' && items?.['type'] === 'object' && node['x-kubernetes-list-type'] !== 'map')
    yield `${path}: unkeyed list of maps`;
  if (additionalProperties !== undefined && node['maxProperties'] === undefined) yield `${path}: unbounded map`;
  for (const [name, child] of Object.entries(properties ?? {})) yield* lintNode(child, `${path}.${name}`);
  if (items !== undefined) yield* lintNode(items, `${path}[]`);
  if (additionalProperties !== undefined) yield* lintNode(additionalProperties, `${path}{}`);
}

/**
 * Finds what zod would check and the CRD would not, and what Kubernetes would not take.
 *
 * @returns one line a finding, each beginning with the path of the field.
 */
export function lintSchema(schema: z.ZodType, path: string): readonly string[] {
  const inZod = [...lintZod(schema, path)];
  // What a CRD cannot say makes the projection throw, or lie: the first findings are enough then.
  return inZod.length > 0 ? inZod : [...lintNode(structuralSchema(schema), path)];
}
