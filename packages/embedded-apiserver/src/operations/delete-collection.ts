import { storageName } from '../registry/resource-definition.ts';
import type { Served } from '../registry/registry.ts';
import type { Selection } from '../selectors/selection.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import type { Api } from './api.ts';
import { deleteNow, endNamespaceOf } from './delete-object.ts';
import type { DeleteOptions } from './delete-object.ts';
import { requireDeletable } from './namespace-life.ts';
import { rehearse } from './rehearse.ts';

/**
 * Deletes all objects that are selected, in one write.
 *
 * @returns the objects as they were found
 */
export function deleteCollection(
  api: Api,
  served: Served,
  request: { readonly selection: Selection; readonly options: DeleteOptions },
): Promise<readonly StoredObject[]> {
  const { selection, options } = request;
  return api.store.write((transaction) =>
    rehearse(transaction, options, () => {
      const found = transaction
        .withPrefix(storageName(served.definition), selection.prefix)
        .map(([, stored]) => stored)
        .filter((stored) => selection.matches(stored.object));
      for (const { object } of found) {
        const { name, namespace = '' } = object.metadata;
        const target = { ...served, namespace, name };
        requireDeletable(target);
        deleteNow(api, transaction, { target, options });
      }
      const emptied = new Set(found.map(({ object }) => object.metadata.namespace ?? ''));
      for (const namespace of emptied) endNamespaceOf(api, transaction, { ...served, namespace, name: '' });
      return found;
    }),
  );
}
