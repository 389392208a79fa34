import { eventTypes } from '@virtrigaud/api-types';
import { objectKey, parseObjectKey, type Controller } from '@virtrigaud/kube-runtime';
import { clientOf } from '../kube/informers.ts';
import { createObjectWrites, type ObjectWrites } from '../kube/object-writes.ts';
import { awaitsImage, providerOf, VmIndex } from '../kube/vm-indexes.ts';
import { ImageMemory } from '../vm-image/observe.ts';
import { reconcileImage, type ImageDeps } from '../vm-image/reconcile.ts';
import { createLaneController } from './create-lane-controller.ts';
import type { Shared } from './shared.ts';

/** Images worked at once. */
const workers = 8;

/** Makes the controller of VMImages. */
export function createImageController(shared: Shared): {
  readonly controller: Controller;
  readonly writes: ObjectWrites;
} {
  const { ports, informers, clusterId } = shared;
  // Images bear no finalizer: their copies outlive them.
  const writes = createObjectWrites(clientOf(ports.transport, 'VMImage'), informers.images, '');
  const deps: ImageDeps = {
    clusterId,
    clock: ports.clock,
    memory: new ImageMemory(),
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
  return { controller, writes };
}
