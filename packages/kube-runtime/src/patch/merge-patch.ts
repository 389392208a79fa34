import type { MergePatch } from '../api/resource-client.ts';

/**
 * The smallest merge patch (RFC 7386) that turns `before` into `after`; undefined if nothing differs.
 *
 * An undefined member counts as absent, and so does null, which a merge patch cannot set.
 */
export function mergePatchOf(_before: object, _after: object): MergePatch | undefined {
  throw new Error('not built yet');
}

/** What a server makes of a merge patch; changes neither argument. */
export function applyMergePatch(_target: unknown, _patch: unknown): unknown {
  throw new Error('not built yet');
}
