import { isList, isObject } from '../json-value.ts';
import type { Json, JsonObject } from '../json-value.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** An object with the defaults of its schema where nothing was said; a `null` that is not allowed counts as nothing. */
export function applyDefaults(object: JsonObject, schema: StructuralSchema): JsonObject {
  return defaultObject(object, schema);
}

function defaultValue(value: Json, schema: StructuralSchema): Json {
  if (isObject(value)) return defaultObject(value, schema);
  const { items } = schema;
  if (isList(value) && items) return value.map((item) => defaultValue(item, items));
  return value;
}

function defaultObject(value: JsonObject, schema: StructuralSchema): JsonObject {
  const result: Record<string, Json> = {};
  for (const [name, child] of Object.entries(value)) {
    if (child === undefined) continue;
    const property = schema.properties.get(name);
    if (child === null && property && !property.nullable && property.default !== undefined) continue;
    const childSchema = property ?? schema.additional;
    result[name] = childSchema ? defaultValue(child, childSchema) : child;
  }
  for (const [name, property] of schema.properties) {
    if (property.default !== undefined && result[name] === undefined) {
      result[name] = defaultValue(property.default, property);
    }
  }
  return result;
}
