import type { KubeObject } from '../api/kube-object.ts';
import type { ResourceClient, WriteOptions } from '../api/resource-client.ts';

/**
 * Adds a finalizer, if the object is still the one that was read; no call if it has it.
 *
 * @returns the object as it is now. @throws {@link ApiError} a conflict if it was changed since.
 */
export async function addFinalizer<T extends KubeObject>(
  _client: ResourceClient<T>,
  _object: T,
  _options: WriteOptions & { readonly finalizer: string },
): Promise<T> {
  throw new Error('not built yet');
}

/**
 * Removes a finalizer, if the object is still the one that was read; no call if it has none of that name.
 *
 * @returns the object as it was last seen; once the last finalizer goes, it is gone.
 * @throws {@link ApiError} a conflict if it was changed since.
 */
export async function removeFinalizer<T extends KubeObject>(
  _client: ResourceClient<T>,
  _object: T,
  _options: WriteOptions & { readonly finalizer: string },
): Promise<T> {
  throw new Error('not built yet');
}

/**
 * Writes the status if it differs from the object's, by a merge patch of what differs, under uid and resourceVersion.
 *
 * @returns the object as it is now; the very same one if there was nothing to write.
 * @throws {@link ApiError} a conflict if it was changed since.
 */
export async function patchStatusIfChanged<T extends KubeObject & { readonly status?: unknown }>(
  _client: ResourceClient<T>,
  _object: T,
  _options: WriteOptions & { readonly status: object },
): Promise<T> {
  throw new Error('not built yet');
}
