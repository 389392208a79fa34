import { eventTypes, Finalizer } from '@virtrigaud/api-types';
import { objectKey, type Controller, type ObjectKey } from '@virtrigaud/kube-runtime';
import { clientOf } from '../kube/informers.ts';
import { createObjectWrites, type ObjectWrites } from '../kube/object-writes.ts';
import { createSecretReader } from '../kube/secret-reader.ts';
import { phaseAndReason, VmIndex } from '../kube/vm-indexes.ts';
import { reconcileProvider, type ProviderDeps } from '../provider/reconcile.ts';
import { createLaneController } from './create-lane-controller.ts';
import type { Shared } from './shared.ts';

/** Makes the controller of Providers. */
export function createProviderController(
  shared: Shared,
  shrinkIs: ProviderDeps['shrinkIs'],
): {
  readonly controller: Controller;
  readonly writes: ObjectWrites;
} {
  const { ports, informers, homes } = shared;
  const writes = createObjectWrites(clientOf(ports.transport, 'Provider'), informers.providers, Finalizer.Provider);
  const vms = clientOf(ports.transport, 'VirtualMachine');
  const deps: ProviderDeps = {
    homes,
    clock: ports.clock,
    raw: (key) => informers.providers.store.get(key),
    boundVms: shared.boundVms,
    secret: createSecretReader(ports.transport),
    addFinalizer: (seen) => writes.addFinalizer(seen.provider),
    removeFinalizer: (seen) => writes.removeFinalizer(seen.provider),
    writeStatus: (seen, status) => writes.writeStatus(seen.provider, status),
    note: (seen, { reason, message }) =>
      ports.recorder.event(seen.provider, { type: eventTypes.Provider[reason], reason, message }),
    countVms: (key) => countVms(shared, key),
    isOwned: (uid) => informers.vms.store.countByIndex(VmIndex.Uid, uid) > 0,
    namespace: ports.namespace,
    release: {
      clusterId: shared.clusterId,
      term: () => shared.term.current(),
      staleTerm: shared.staleTerm,
      // A list, which the manager may ask for anyway: no right to get is needed.
      liveUid: async ({ namespace, name }) =>
        (await vms.list({ namespace, fieldSelector: `metadata.name=${name}` })).items[0]?.metadata.uid,
      takerOf: (uid) => {
        const [taker] = informers.vms.store.byIndex(VmIndex.TakeOver, uid);
        return taker && objectKey(taker.metadata);
      },
    },
    shrinkIs,
  };
  const controller = createLaneController({
    name: 'provider',
    ports,
    reconcile: (key, context) => reconcileProvider(key, deps, context),
    // Starting, or draining, one provider may take its time: it holds up no other.
    laneOf: (key) => key,
    workersPerLane: () => 1,
  });
  return { controller, writes };
}

function countVms({ ports, informers }: Shared, key: ObjectKey): void {
  const counts = new Map<string, { readonly phase: string; readonly reason: string; count: number }>();
  for (const vm of informers.vms.store.byIndex(VmIndex.Provider, key)) {
    const { phase, reason } = phaseAndReason(vm);
    const entry = counts.get(`${phase}/${reason}`) ?? { phase, reason, count: 0 };
    entry.count += 1;
    counts.set(`${phase}/${reason}`, entry);
  }
  ports.metrics.vms(key, [...counts.values()]);
}
