import { eventTypes } from '@virtrigaud/api-types';
import { objectKey, parseObjectKey, type Controller, type ObjectKey } from '@virtrigaud/kube-runtime';
import { clientOf } from '../kube/informers.ts';
import { createObjectWrites, type ObjectWrites } from '../kube/object-writes.ts';
import { awaitsImage, providerOf, VmIndex } from '../kube/vm-indexes.ts';
import { ImageMemory } from '../vm-image/observe.ts';
import { reconcileImage, type ImageDeps } from '../vm-image/reconcile.ts';
import { createLaneController } from './create-lane-controller.ts';
import type { Shared } from './shared.ts';

/** Images worked at once. */
const workers = 8;

/** The controller of VMImages, and what others tell it. */
export interface ImageController {
  readonly controller: Controller;
  readonly writes: ObjectWrites;
  /** A copy was missed where it is believed to be: it is looked for anew. */
  doubt(key: ObjectKey, place: { readonly namespace: string; readonly name: string }): void;
  /** A Provider is gone: what was known of copies there is not known of another one of its name. */
  forgetPlace(place: { readonly namespace: string; readonly name: string }): void;
}

/** Makes the controller of VMImages. */
export function createImageController(shared: Shared): ImageController {
  const { ports, informers, clusterId } = shared;
  // Images bear no finalizer: their copies outlive them.
  const writes = createObjectWrites(clientOf(ports.transport, 'VMImage'), informers.images, '');
  const memory = new ImageMemory();
  const deps: ImageDeps = {
    clusterId,
    clock: ports.clock,
    memory,
    provider: shared.provider,
    site: shared.site,
    staleTerm: shared.staleTerm,
    raw: (key) => informers.images.store.get(key),
    view: (place, namespace) => shared.view(place, { namespace, labels: shared.namespaceLabels(namespace) }),
    neededAt: (key) => {
      const keys = informers.vms.store
        .byIndex(VmIndex.Image, key)
        .filter(awaitsImage)
        .flatMap((vm) => providerOf(vm) ?? []);
      return [...new Set(keys)].map(parseObjectKey);
    },
    term: () => shared.term.current(),
    wake: (seen) => controller.enqueue(objectKey(seen.image.metadata)),
    note: (seen, { reason, message }) =>
      ports.recorder.event(seen.image, { type: eventTypes.VMImage[reason], reason, message }),
    writeStatus: (seen, status) => writes.writeStatus(seen.image, status),
  };
  const controller = createLaneController({
    name: 'vmimage',
    ports,
    reconcile: (key, context) => reconcileImage(key, deps, context),
    workersPerLane: () => workers,
  });
  return {
    controller,
    writes,
    doubt: (key, place) => {
      const uid = informers.images.store.get(key)?.metadata.uid;
      if (uid === undefined) return;
      memory.doubt(uid, place);
      controller.enqueue(key);
    },
    forgetPlace: (place) => {
      memory.forgetPlace(place);
      for (const { metadata } of informers.images.store.list()) controller.enqueue(objectKey(metadata));
    },
  };
}
