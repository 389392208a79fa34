import { storageName } from '../registry/resource-definition.ts';
import type { Served } from '../registry/registry.ts';
import type { Selection } from '../selectors/selection.ts';
import { badRequest, expired } from '../status/refusals.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import type { Api } from './api.ts';
import { decodeContinue, encodeContinue } from './continue-token.ts';
import type { ListOptions } from './list-options.ts';
import { requireReached } from './list-options.ts';

/** Part of a list, or all of it, as of one revision. */
export interface ObjectPage {
  readonly items: readonly StoredObject[];
  readonly revision: number;
  /** With what to ask for the rest; undefined at the end. */
  readonly continue: string | undefined;
  /** How many are left; undefined when a selector makes that unknown. */
  readonly remaining: number | undefined;
}

/**
 * Lists objects in the order of their keys. All pages of a list are as of the revision of its first.
 *
 * @throws {@link StatusError} `Expired` when that revision is too long ago, `BadRequest`, `Timeout` (one in the future)
 */
export function listObjects(
  api: Api,
  served: Served,
  request: { readonly selection: Selection; readonly options: ListOptions },
): ObjectPage {
  const { selection, options } = request;
  const { store } = api;
  requireReached(options.revision ?? 0, store.revision);
  const start = options.continue === '' ? undefined : decodeContinue(options.continue, selection.prefix);
  if (start && start.revision > store.revision) throw badRequest('the continue token is not of this server');
  const exact = options.match === 'Exact' ? options.revision : undefined;
  const revision = start?.revision ?? exact ?? store.revision;
  const entries = store.table(storageName(served.definition)).entriesAt(revision);
  if (!entries) {
    throw expired(
      start
        ? 'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.'
        : 'The resourceVersion for the provided list is too old.',
    );
  }
  const found = entries.filter(
    ([key, stored]) =>
      key.startsWith(selection.prefix) && (!start || key > start.after) && selection.matches(stored.object),
  );
  const page = options.limit > 0 ? found.slice(0, options.limit) : found;
  const last = page.at(-1)?.[0];
  const isRest = page.length < found.length && last !== undefined;
  return {
    items: page.map(([, stored]) => stored),
    revision,
    continue: isRest ? encodeContinue({ revision, after: last }) : undefined,
    remaining: isRest && !options.isFiltered ? found.length - page.length : undefined,
  };
}
