import { isGone, isNotFound, resource, type Transport } from '@virtrigaud/kube-runtime';
import type { ApiResource } from './api-resource.ts';
import type { LiveObject } from './live-object.ts';

/** Which object. */
export interface ObjectPlace {
  readonly resource: ApiResource;
  readonly namespace: string | undefined;
  readonly name: string;
}

/**
 * Yields an object as it is now, then at each change; `undefined` where it is absent. Goes on until `signal` is aborted.
 *
 * @throws ApiError when the server cannot be asked, `Cancelled` when `signal` was aborted.
 */
export async function* followObject(
  transport: Transport,
  place: ObjectPlace,
  signal: AbortSignal,
): AsyncGenerator<LiveObject | undefined> {
  const client = resource<LiveObject>(transport, place.resource);
  const selection = { namespace: place.namespace, fieldSelector: `metadata.name=${place.name}` };
  for (;;) {
    const { items, resourceVersion } = await client.list({ ...selection, signal });
    yield items[0];
    try {
      for await (const frame of client.watch({ ...selection, resourceVersion, signal })) {
        if (frame.type !== 'BOOKMARK') yield frame.type === 'DELETED' ? undefined : frame.object;
      }
    } catch (error) {
      // What the watch would go on from is no longer known there: look afresh.
      if (!isGone(error) && !isNotFound(error)) throw error;
    }
  }
}
