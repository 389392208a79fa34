import { isList, isObject } from '../json-value.ts';
import type { Json } from '../json-value.ts';
import type { StructuralSchema } from '../schema/structural-schema.ts';
import { escapeName } from './escape-name.ts';

/**
 * A JSON value as CEL sees it: integers as bigint, names escaped, only what the schema knows.
 *
 * @param wanted - the members that are read of it, as rules spell them; all if undefined
 */
export function toCelValue(value: Json, schema: StructuralSchema, wanted?: ReadonlySet<string>): unknown {
  if (typeof value === 'number') {
    const integer = schema.type === 'integer' || schema.intOrString;
    return integer && Number.isInteger(value) ? BigInt(value) : value;
  }
  if (isList(value)) {
    const { items } = schema;
    return items ? value.map((item) => toCelValue(item, items)) : [];
  }
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const [name, child] of Object.entries(value)) {
    if (child === undefined) continue;
    const property = schema.properties.get(name);
    if (property) {
      const escaped = escapeName(name);
      // A null that the schema allows reads as an absent member does: `has` is false.
      if (escaped === undefined || child === null || wanted?.has(escaped) === false) continue;
      result[escaped] = toCelValue(child, property);
    } else if (schema.additional && wanted?.has(name) !== false) {
      result[name] = toCelValue(child, schema.additional);
    }
  }
  return result;
}
