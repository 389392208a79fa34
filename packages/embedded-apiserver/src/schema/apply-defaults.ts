import { isList, isObject, member } from '../json-value.ts';
import type { Json, JsonObject } from '../json-value.ts';
import type { StructuralSchema } from './structural-schema.ts';

/**
 * An object with the defaults of its schema where nothing was said; a `null` that is not allowed counts as nothing.
 *
 * @param known - an object that has this schema's defaults: the very same parts in the same places are kept as they are
 */
export function applyDefaults(object: JsonObject, schema: StructuralSchema, known?: JsonObject): JsonObject {
  return defaultObject(object, schema, known);
}

function defaultValue(value: Json, schema: StructuralSchema, known?: Json): Json {
  if (value === known) return value;
  if (isObject(value)) return defaultObject(value, schema, known);
  const { items } = schema;
  if (isList(value) && items) return value.map((item) => defaultValue(item, items));
  return value;
}

function defaultObject(value: JsonObject, schema: StructuralSchema, known: Json | undefined): JsonObject {
  const result: Record<string, Json> = {};
  for (const [name, child] of Object.entries(value)) {
    if (child === undefined) continue;
    const property = schema.properties.get(name);
    if (child === null && property && !property.nullable && property.default !== undefined) continue;
    const childSchema = property ?? schema.additional;
    result[name] = childSchema ? defaultValue(child, childSchema, member(known, name)) : child;
  }
  for (const [name, property] of schema.properties) {
    if (property.default !== undefined && result[name] === undefined) {
      result[name] = defaultValue(property.default, property);
    }
  }
  return result;
}
