import { eventTypes, Finalizer, parseVMClass, parseVMImage, parseVMNetworkAttachment } from '@virtrigaud/api-types';
import { objectKey, parseObjectKey, type Controller, type ObjectKey } from '@virtrigaud/kube-runtime';
import { clientOf } from '../kube/informers.ts';
import { createObjectWrites, type ObjectWrites } from '../kube/object-writes.ts';
import { parsedLookup } from '../kube/parsed-lookup.ts';
import { createSecretReader } from '../kube/secret-reader.ts';
import { providerOf, VmIndex } from '../kube/vm-indexes.ts';
import { VmMemory } from '../virtual-machine/memory.ts';
import type { Observed } from '../virtual-machine/observed.ts';
import { reconcileVirtualMachine, type VirtualMachineDeps } from '../virtual-machine/reconcile.ts';
import { placeOf } from '../virtual-machine/resolve-wanted.ts';
import { RolloutGate } from '../virtual-machine/rollout-gate.ts';
import { createWriteThrottle } from '../virtual-machine/write-throttle.ts';
import { createLaneController } from './create-lane-controller.ts';
import type { Shared } from './shared.ts';

/** Writes a second that only say that nothing is known any more. */
const unconfirmedWritesPerSecond = 50;

/** The controller of VirtualMachines, and what others wake in it. */
export interface VmController {
  readonly controller: Controller;
  readonly memory: VmMemory;
  readonly writes: ObjectWrites;
}

/** An image was not there where a machine was to be made from it. */
export type ImageDoubted = (image: ObjectKey, provider: { readonly namespace: string; readonly name: string }) => void;

/** Makes the controller: a lane for each Provider, so that a slow hypervisor delays nobody else. */
export function createVmController(shared: Shared, imageDoubted: ImageDoubted): VmController {
  const { ports, informers } = shared;
  const memory = new VmMemory();
  const writes = createObjectWrites(
    clientOf(ports.transport, 'VirtualMachine'),
    informers.vms,
    Finalizer.VirtualMachine,
  );
  const deps = vmDeps(shared, { memory, writes, imageDoubted, wake: (key) => controller.enqueue(key) });
  const controller = createLaneController({
    name: 'virtualmachine',
    ports,
    reconcile: (key, context) => reconcileVirtualMachine(key, deps, context),
    laneOf: (key) => {
      const vm = informers.vms.store.get(key);
      return (vm && providerOf(vm)) ?? '';
    },
    workersPerLane: (lane) =>
      lane === '' ? 4 : (shared.provider(parseObjectKey(lane as ObjectKey))?.spec.maxConcurrentOperations ?? 16),
  });
  return { controller, memory, writes };
}

interface VmParts {
  readonly memory: VmMemory;
  readonly writes: ObjectWrites;
  readonly imageDoubted: ImageDoubted;
  readonly wake: (key: ObjectKey) => void;
}

function vmDeps(shared: Shared, { memory, writes, imageDoubted, wake }: VmParts): VirtualMachineDeps {
  const { ports, informers } = shared;
  const gate = new RolloutGate();
  const keyOf = (seen: Observed) => objectKey(seen.vm.metadata);
  const providerKey = (seen: Observed) => objectKey(seen.bound ?? seen.named);
  return {
    ...shared,
    memory,
    clock: ports.clock,
    vm: (key) => informers.vms.store.get(key),
    references: {
      vmClass: parsedLookup(informers.classes, parseVMClass),
      image: parsedLookup(informers.images, parseVMImage),
      network: parsedLookup(informers.networks, parseVMNetworkAttachment),
    },
    secret: createSecretReader(ports.transport),
    isTerminating: (namespace) =>
      informers.namespaces?.store.get(`/${namespace}`)?.metadata.deletionTimestamp !== undefined,
    vmOfUid: (uid) => {
      const [owner] = informers.vms.store.byIndex(VmIndex.Uid, uid);
      return owner && objectKey(owner.metadata);
    },
    term: () => shared.term.current(),
    writes: {
      addFinalizer: (seen) => writes.addFinalizer(seen.vm),
      removeFinalizer: (seen) => writes.removeFinalizer(seen.vm),
      writeStatus: (seen, status) => writes.writeStatus(seen.vm, status),
    },
    note: (seen, { reason, message }) =>
      ports.recorder.event(seen.vm, { type: eventTypes.VirtualMachine[reason], reason, message }),
    wake: (seen) => wake(keyOf(seen)),
    rolloutOpen: (vm, provider) => {
      const key = objectKey(provider);
      return gate.isOpen(key, vm.metadata.uid ?? '', informers.vms.store.countByIndex(VmIndex.Bound, key));
    },
    imageDoubted: (seen) => {
      if (seen.bound) imageDoubted(objectKey(placeOf(seen.vm.spec.imageRef, seen.vm)), seen.bound);
    },
    rolloutBegins: (seen) => gate.begin(providerKey(seen), seen.vm.metadata.uid ?? ''),
    trace: (seen, step) => {
      ports.logger.debug('virtual machine step', { vm: keyOf(seen), step: step.kind });
      const isBusy =
        step.kind === 'Reconfigure' ||
        step.kind === 'AwaitTask' ||
        step.kind === 'CheckTask' ||
        step.kind === 'Describe' ||
        step.kind === 'SettleTask';
      if (isBusy || !gate.end(providerKey(seen), seen.vm.metadata.uid ?? '')) return;
      for (const vm of informers.vms.store.byIndex(VmIndex.Bound, providerKey(seen))) wake(objectKey(vm.metadata));
    },
    taskFinished: (seen, { kind, outcome, seconds }) =>
      ports.metrics.taskFinished({ provider: providerKey(seen), kind, outcome }, seconds),
    unconfirmedWrite: createWriteThrottle(ports.clock, unconfirmedWritesPerSecond),
  };
}
