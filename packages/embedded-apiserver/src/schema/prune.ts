import { isList, isObject, member } from '../json-value.ts';
import type { Json, JsonObject } from '../json-value.ts';
import { childPath, keyPath } from '../status/field-error.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** An object without the fields that its schema does not know, and their paths. */
export interface Pruned {
  readonly object: JsonObject;
  readonly unknown: readonly string[];
}

/**
 * Drops the fields of an object that its schema does not know; `metadata` is not the schema's business.
 *
 * @param known - an object that this schema has pruned before: the very same parts in the same places are kept as they are
 */
export function prune(object: JsonObject, schema: StructuralSchema, known?: JsonObject): Pruned {
  const unknown: string[] = [];
  const { apiVersion, kind, metadata, ...rest } = object;
  const pruned = pruneObject(rest, { schema, path: '', unknown, known });
  return { object: defined({ apiVersion, kind, metadata, ...pruned }), unknown };
}

interface Walk {
  readonly schema: StructuralSchema;
  readonly path: string;
  readonly unknown: string[];
  readonly known: Json | undefined;
}

function pruneValue(value: Json, walk: Walk): Json {
  if (value === walk.known) return value;
  if (isObject(value)) return pruneObject(value, walk);
  const { items } = walk.schema;
  if (isList(value) && items) {
    const { path, unknown } = walk;
    return value.map((item, index) =>
      pruneValue(item, { schema: items, path: `${path}[${index}]`, unknown, known: undefined }),
    );
  }
  return value;
}

function pruneObject(value: JsonObject, walk: Walk): JsonObject {
  const { properties, additional, preserveUnknown, embeddedResource } = walk.schema;
  const kept: Record<string, Json> = {};
  for (const [name, child] of Object.entries(value)) {
    if (child === undefined) continue;
    const schema = name === '__proto__' ? undefined : (properties.get(name) ?? additional);
    if (schema) {
      const path = properties.has(name) ? childPath(walk.path, name) : keyPath(walk.path, name);
      kept[name] = pruneValue(child, { schema, path, unknown: walk.unknown, known: member(walk.known, name) });
    } else if (
      name !== '__proto__' &&
      (preserveUnknown || (embeddedResource && ['apiVersion', 'kind', 'metadata'].includes(name)))
    ) {
      kept[name] = child;
    } else {
      walk.unknown.push(childPath(walk.path, name));
    }
  }
  return kept;
}

function defined(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
