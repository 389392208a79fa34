import type { KubeObject } from '../api/kube-object.ts';
import { objectKey } from '../api/kube-object.ts';
import type { MergePatch, PatchOptions, Preconditions, ResourceClient, WriteOptions } from '../api/resource-client.ts';
import { mergePatchOf } from './merge-patch.ts';

/**
 * Adds a finalizer, if the object is still the one that was read; no call if it has it.
 *
 * @returns the object as it is now.
 * @throws {@link ApiError} a conflict if it was changed since.
 */
export async function addFinalizer<T extends KubeObject>(
  client: ResourceClient<T>,
  object: T,
  options: WriteOptions & { readonly finalizer: string },
): Promise<T> {
  const { finalizer, ...write } = options;
  const present = object.metadata.finalizers ?? [];
  if (present.includes(finalizer)) return object;
  return patch(client, object, { metadata: { finalizers: [...present, finalizer] } }, write);
}

/**
 * Removes a finalizer, if the object is still the one that was read; no call if it has none of that name.
 *
 * @returns the object as it was last seen; once the last finalizer goes, it is gone.
 * @throws {@link ApiError} a conflict if it was changed since.
 */
export async function removeFinalizer<T extends KubeObject>(
  client: ResourceClient<T>,
  object: T,
  options: WriteOptions & { readonly finalizer: string },
): Promise<T> {
  const { finalizer, ...write } = options;
  const present = object.metadata.finalizers ?? [];
  if (!present.includes(finalizer)) return object;
  const left = present.filter((name) => name !== finalizer);
  return patch(client, object, { metadata: { finalizers: left } }, write);
}

/**
 * Writes the status if it differs from the object's, by a merge patch of what differs, under uid and resourceVersion.
 *
 * @returns the object as it is now; the very same one if there was nothing to write.
 * @throws {@link ApiError} a conflict if it was changed since.
 */
export async function patchStatusIfChanged<T extends KubeObject & { readonly status?: unknown }>(
  client: ResourceClient<T>,
  object: T,
  options: WriteOptions & { readonly status: object },
): Promise<T> {
  const { status, ...write } = options;
  const change = mergePatchOf({ status: object.status }, { status });
  if (change === undefined) return object;
  return patch(client, object, change, { ...write, subresource: 'status' });
}

function patch<T extends KubeObject>(
  client: ResourceClient<T>,
  object: T,
  change: MergePatch,
  options: PatchOptions,
): Promise<T> {
  return client.mergePatch(objectKey(object.metadata), change, { ...options, preconditions: asRead(object) });
}

function asRead({ metadata: { uid, resourceVersion } }: KubeObject): Preconditions {
  return { uid, resourceVersion };
}
