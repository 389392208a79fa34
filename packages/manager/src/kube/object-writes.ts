import {
  addFinalizer,
  patchStatusIfChanged,
  removeFinalizer,
  type Informer,
  type KubeObject,
  type ResourceClient,
} from '@virtrigaud/kube-runtime';
import type { RawObject } from './resources.ts';

/** What every kind of ours is written through. User-owned spec is never written: there is no call for it. */
export interface ObjectWrites {
  addFinalizer(object: KubeObject): Promise<void>;
  removeFinalizer(object: KubeObject): Promise<void>;
  /** No call if nothing differs. */
  writeStatus(object: KubeObject & { readonly status?: unknown }, status: object): Promise<void>;
  /** Whether this resourceVersion is the reply to a write of ours. Asked once of each: what came before it is forgotten. */
  isOwn(object: KubeObject): boolean;
}

/** More than one reconcile writes of an object. */
const maxEchoes = 8;
const fieldManager = 'virtrigaud-manager';

/** Writes under uid and resourceVersion, and shows each reply in the store at once, so that the next plan sees it. */
export function createObjectWrites(
  client: ResourceClient<RawObject>,
  informer: Informer<RawObject>,
  finalizer: string,
): ObjectWrites {
  // Several of one object, where the watch lags behind our writes.
  const own = new Map<string, string[]>();
  const show = (object: RawObject) => {
    const { uid, resourceVersion } = object.metadata;
    if (uid && resourceVersion) own.set(uid, [...(own.get(uid) ?? []), resourceVersion].slice(-maxEchoes));
    informer.store.overlay(object);
  };
  return {
    async addFinalizer(object) {
      show(await addFinalizer(client, object, { finalizer, fieldManager }));
    },
    async removeFinalizer(object) {
      const left = await removeFinalizer<RawObject>(client, object, { finalizer, fieldManager });
      own.delete(object.metadata.uid ?? '');
      // Somebody else's finalizer may hold it still.
      if (left.metadata.finalizers?.length) informer.store.overlay(left);
      else informer.store.overlayDeletion(left);
    },
    async writeStatus(object, status) {
      const written = await patchStatusIfChanged(client, object, { status, fieldManager });
      if (written !== object) show(written);
    },
    isOwn: ({ metadata: { uid = '', resourceVersion = '' } }) => {
      const versions = own.get(uid) ?? [];
      const place = versions.indexOf(resourceVersion);
      if (place < 0) return false;
      own.set(uid, versions.slice(place));
      return true;
    },
  };
}
