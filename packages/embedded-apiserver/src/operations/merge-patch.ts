import { isObject } from '../json-value.ts';
import type { Json, JsonObject } from '../json-value.ts';

/** What a JSON merge patch (RFC 7396) makes of an object. */
export function mergePatch(object: JsonObject, patch: JsonObject): JsonObject {
  const result: Record<string, Json | undefined> = { ...object };
  for (const [name, value] of Object.entries(patch)) {
    // Written by assignment it would become the prototype; no kind has such a member.
    if (name === '__proto__') continue;
    if (value === null || value === undefined) delete result[name];
    else if (isObject(value)) result[name] = mergePatch(isObject(result[name]) ? result[name] : {}, value);
    else result[name] = value;
  }
  return result;
}
