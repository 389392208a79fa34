import { isDeepStrictEqual } from 'node:util';

type Members = Readonly<Record<string, unknown>>;

/** The three states that an apply looks at. */
export interface ThreeStates {
  /** What was applied last; undefined when nobody knows. */
  readonly last: Members | undefined;
  /** What the API server has. */
  readonly live: Members;
  /** What the person wants now. */
  readonly wanted: Members;
}

/**
 * The merge patch that brings what is live to what is wanted, and leaves alone what others wrote: a field goes only if the last
 * apply had it and this one has not.
 *
 * @returns undefined when nothing is to change.
 */
export function threeWayPatch({ last, live, wanted }: ThreeStates): Members | undefined {
  const patch = patchOf({ last, live, wanted });
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function patchOf({ last, live, wanted }: ThreeStates): Members {
  const removed = Object.keys(last ?? {})
    .filter((key) => isAbsent(wanted[key]) && !isAbsent(live[key]))
    .map((key): [string, unknown] => [key, null]);
  const changed = Object.keys(wanted).flatMap((key): [string, unknown][] => {
    const change = changeOf(key, { last, live, wanted });
    return change === undefined ? [] : [[key, change]];
  });
  return Object.fromEntries([...removed, ...changed]);
}

function changeOf(key: string, { last, live, wanted }: ThreeStates): unknown {
  const [before, is, shall] = [last?.[key], live[key], wanted[key]];
  // A merge patch cannot set null; in an object that is applied it stands for absence.
  if (isAbsent(shall)) return undefined;
  if (!isMembers(shall) || !isMembers(is)) return isDeepStrictEqual(is, shall) ? undefined : shall;
  return threeWayPatch({ last: isMembers(before) ? before : undefined, live: is, wanted: shall });
}

const isAbsent = (value: unknown) => value === undefined || value === null;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
