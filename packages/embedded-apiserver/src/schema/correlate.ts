import { deepEqual, isList, member } from '../json-value.ts';
import type { Json } from '../json-value.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** The item of the old list that an item of the new one continues: the one with its keys, in lists that are maps. */
export function correlatedItem(item: Json, before: Json | undefined, schema: StructuralSchema): Json | undefined {
  if (!isList(before) || schema.listType !== 'map') return undefined;
  const keys = listKeys(item, schema);
  return before.find((old) => deepEqual(listKeys(old, schema), keys));
}

/** The members that tell an item of a list that is a map from others. */
export function listKeys(item: Json, schema: StructuralSchema): Json {
  return Object.fromEntries(
    schema.listMapKeys.map((key) => [key, member(item, key) ?? schema.items?.properties.get(key)?.default]),
  );
}
