import { isDeepStrictEqual } from 'node:util';
import type { MergePatch } from '../api/resource-client.ts';

type Members = Readonly<Record<string, unknown>>;

/**
 * The smallest merge patch (RFC 7386) that turns `before` into `after`; undefined if nothing differs.
 *
 * An undefined member counts as absent, and so does null, which a merge patch cannot set.
 */
export function mergePatchOf(before: object, after: object): MergePatch | undefined {
  return differenceOf(before as Members, after as Members);
}

function differenceOf(before: Members, after: Members): MergePatch | undefined {
  const changes = new Map<string, unknown>();
  for (const key of Object.keys(before)) {
    if (isAbsent(after[key]) && !isAbsent(before[key])) changes.set(key, null);
  }
  for (const [key, wanted] of Object.entries(after)) {
    if (isAbsent(wanted)) continue;
    const change = changeOf(before[key], wanted);
    if (change !== undefined) changes.set(key, change);
  }
  return changes.size === 0 ? undefined : Object.fromEntries(changes);
}

/** What a patch must say of one member; undefined if it is as wanted. */
function changeOf(before: unknown, wanted: unknown): unknown {
  if (isMembers(wanted)) {
    if (isMembers(before)) return differenceOf(before, wanted);
    return withoutAbsent(wanted);
  }
  return isDeepStrictEqual(withoutAbsent(before), withoutAbsent(wanted)) ? undefined : withoutAbsent(wanted);
}

/** What a server makes of a merge patch; changes neither argument. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isMembers(patch)) return patch;
  const result = new Map(Object.entries(isMembers(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else if (value !== undefined) result.set(key, applyMergePatch(result.get(key), value));
  }
  return Object.fromEntries(result);
}

/** The value as JSON would carry it; null members go too, for a merge patch would read them as removals. */
function withoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (!isMembers(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => !isAbsent(member));
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutAbsent(member)]));
}

/** Inside an array a patch is taken word for word, so null stays. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (!isMembers(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutUndefined(member)]));
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
