import {
  objectKey,
  parseObjectKey,
  priorities,
  type Change,
  type Controller,
  type KubeObject,
  type ObjectKey,
} from '@virtrigaud/kube-runtime';
import type { ObjectWrites } from '../kube/object-writes.ts';
import type { RawObject } from '../kube/resources.ts';
import { asBoundVm, awaitsImage, providerOf, VmIndex } from '../kube/vm-indexes.ts';
import type { ImageController } from './image-controller.ts';
import type { Shared } from './shared.ts';
import type { VmController } from './vm-controller.ts';

/** The three controllers. */
export interface Controllers {
  readonly vms: VmController;
  readonly providers: { readonly controller: Controller; readonly writes: ObjectWrites };
  readonly images: ImageController;
}

/** Lets each change in the API wake whatever depends on it. @returns what ends it. */
export function wireWakeUps(shared: Shared, controllers: Controllers): () => void {
  const { informers } = shared;
  const { vms, providers, images } = controllers;
  const wakeVms = (index: string, key: string) => {
    for (const vm of informers.vms.store.byIndex(index, key)) vms.controller.enqueue(objectKey(vm.metadata));
  };
  const ends = [
    informers.vms.subscribe((change) => {
      vmChanged(change, controllers, informers);
      if (change.type !== 'deleted') return;
      const uid = change.object.metadata.uid ?? '';
      for (const key of shared.homes.forgetVm(uid))
        providers.controller.enqueue(key, { priority: priorities.resync, afterMs: countVmsAfterMs });
      // Its machine may be taken over from now on.
      wakeVms(VmIndex.TakeOver, uid);
    }),
    informers.providers.subscribe((change) => {
      const key = objectKey(change.object.metadata);
      enqueue(providers, change);
      if (isEdit(change)) wakeVms(VmIndex.Provider, key);
      if (change.type === 'deleted') images.forgetPlace(parseObjectKey(key));
    }),
    informers.images.subscribe((change) => {
      enqueue(images, change);
      if (change.type !== 'resynced')
        for (const vm of informers.vms.store.byIndex(VmIndex.Image, objectKey(change.object.metadata))) {
          if (awaitsImage(vm)) vms.controller.enqueue(objectKey(vm.metadata));
        }
    }),
    informers.classes.subscribe(
      (change) => change.type !== 'resynced' && wakeVms(VmIndex.Class, objectKey(change.object.metadata)),
    ),
    informers.networks.subscribe(
      (change) => change.type !== 'resynced' && wakeVms(VmIndex.Network, objectKey(change.object.metadata)),
    ),
    informers.namespaces?.subscribe((change) => {
      if (labelsChanged(change)) wakeVms(VmIndex.Namespace, change.object.metadata.name);
    }),
  ];
  return () => ends.forEach((end) => end?.());
}

/** A thousand VMs that come at once are counted this often, not each by itself. */
export const countVmsAfterMs = 1_000;

function vmChanged(
  change: Change<RawObject>,
  { vms, providers, images }: Controllers,
  informers: Shared['informers'],
): void {
  const { object, previous } = change;
  const uid = object.metadata.uid ?? '';
  if (change.type === 'deleted') vms.memory.forget(uid);
  // What is refused was refused for what the object said then.
  if (isEdit(change) && change.type === 'modified') vms.memory.wake(uid);
  enqueue(vms, change);
  const [now, before] = [change.type === 'deleted' ? undefined : asBoundVm(object), previous && asBoundVm(previous)];
  // Its own finalizer waits for its VMs to be gone; all else that it counts of them may come a little later, and all at once.
  const afterMs = (key: ObjectKey) =>
    informers.providers.store.get(key)?.metadata.deletionTimestamp === undefined ? countVmsAfterMs : 0;
  const bindings = new Set(
    [now, before, change.type === 'deleted' ? asBoundVm(object) : undefined].flatMap((vm) =>
      vm ? [providerKeyOf(vm.binding)] : [],
    ),
  );
  const isSame =
    change.type === 'modified' &&
    JSON.stringify(now?.binding) === JSON.stringify(before?.binding) &&
    now?.wasReady === before?.wasReady;
  if (!isSame) {
    for (const key of bindings)
      if (key) providers.controller.enqueue(key, { priority: priorities.resync, afterMs: afterMs(key) });
  }
  const imageKey = change.type === 'resynced' ? undefined : neededImageOf(object);
  if (imageKey && !isReadyAt(informers.images.store.get(imageKey), providerOf(object)))
    images.controller.enqueue(imageKey);
}

/** The image without which a VM cannot be made yet. */
function neededImageOf(vm: RawObject): ObjectKey | undefined {
  if (!awaitsImage(vm) || !providerOf(vm)) return undefined;
  const { imageRef } = (vm.spec ?? {}) as {
    readonly imageRef?: { readonly name?: string; readonly namespace?: string };
  };
  return imageRef?.name === undefined
    ? undefined
    : objectKey({ namespace: imageRef.namespace ?? vm.metadata.namespace, name: imageRef.name });
}

/** Whether an image's status says, of its present spec, that it is usable at a Provider: then nobody has to see to it. */
function isReadyAt(image: RawObject | undefined, provider: ObjectKey | undefined): boolean {
  const { observedGeneration, availableOn } = (image?.status ?? {}) as {
    readonly observedGeneration?: number;
    readonly availableOn?: readonly string[];
  };
  return (
    provider !== undefined &&
    observedGeneration === image?.metadata.generation &&
    (availableOn?.includes(provider) ?? false)
  );
}

function providerKeyOf(binding: object): ObjectKey | undefined {
  return 'providerRef' in binding
    ? objectKey(binding.providerRef as { readonly namespace: string; readonly name: string })
    : undefined;
}

function enqueue(
  { controller, writes }: { readonly controller: Controller; readonly writes: ObjectWrites },
  change: Change<KubeObject>,
): void {
  const key = objectKey(change.object.metadata);
  if (change.type === 'resynced') controller.enqueue(key, { priority: priorities.resync });
  // The echo of our own write says nothing new.
  else if (change.type === 'modified' && writes.isOwn(change.object)) return;
  else controller.enqueue(key, { priority: isEdit(change) ? priorities.user : priorities.normal });
}

/** Whether a person, or what acts for one, changed something: anything but the status. */
function isEdit({ type, object, previous }: Change<KubeObject>): boolean {
  if (type === 'resynced') return false;
  if (type !== 'modified' || !previous) return true;
  const { generation, annotations, deletionTimestamp } = object.metadata;
  const before = previous.metadata;
  return (
    generation !== before.generation ||
    deletionTimestamp !== before.deletionTimestamp ||
    JSON.stringify(annotations) !== JSON.stringify(before.annotations)
  );
}

function labelsChanged({ type, object, previous }: Change<KubeObject>): boolean {
  return type !== 'resynced' && JSON.stringify(object.metadata.labels) !== JSON.stringify(previous?.metadata.labels);
}
