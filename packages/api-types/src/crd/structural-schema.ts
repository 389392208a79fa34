import { z } from 'zod';

/** A node of an OpenAPI v3 schema, as a CustomResourceDefinition has it. */
export type SchemaNode = { readonly [key: string]: unknown };

/** What zod writes and a CRD may not hold. */
const ILLEGAL = new Set(['$schema', 'propertyNames', 'id']);

const isUnbounded = (key: string, value: unknown) =>
  (key === 'maximum' && value === Number.MAX_SAFE_INTEGER) || (key === 'minimum' && value === Number.MIN_SAFE_INTEGER);

function clean(node: SchemaNode): SchemaNode {
  const entries = Object.entries(node)
    .filter(([key, value]) => !ILLEGAL.has(key) && !isUnbounded(key, value))
    // What is not listed is unknown to a structural schema anyway, and pruned or refused.
    .filter(([key, value]) => !(key === 'additionalProperties' && value === false))
    .map(([key, value]): [string, unknown] => {
      if (key === 'properties') return [key, mapValues(value as Record<string, SchemaNode>)];
      if (key === 'items' || key === 'additionalProperties') return [key, clean(value as SchemaNode)];
      return [key, value];
    });
  return Object.fromEntries(entries);
}

const mapValues = (properties: Record<string, SchemaNode>) =>
  Object.fromEntries(Object.entries(properties).map(([name, node]) => [name, clean(node)]));

/**
 * Projects a zod schema to the structural schema of a CRD.
 *
 * @throws from zod, when the schema holds a type that JSON Schema has not.
 */
export function structuralSchema(schema: z.ZodType): SchemaNode {
  return clean(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline' }));
}
