import { objectKey, priorities, type Leadership, type ObjectKey } from '@virtrigaud/kube-runtime';
import { allInformers, createInformers } from '../kube/informers.ts';
import { VmIndex } from '../kube/vm-indexes.ts';
import { createImageController } from './image-controller.ts';
import type { ManagerPorts } from './manager-ports.ts';
import { createProviderController } from './provider-controller.ts';
import { createShared, type Shared } from './shared.ts';
import { createVmController } from './vm-controller.ts';
import { countVmsAfterMs, wireWakeUps, type Controllers } from './wake-ups.ts';

/** Settings of {@link lead}. */
export interface LeadOptions {
  readonly ports: ManagerPorts;
  readonly clusterId: string;
  /** Called once, when everything is read and the controllers work. */
  readonly onReady: () => void;
  /** Told what runs now, for scrapes; undefined at the end. */
  readonly onShared: (shared: Shared | undefined) => void;
}

/** Machines that go missing together are judged together, after this time in milliseconds; each by itself has judged before it acts. */
const judgeAfterMs = 100;

/** Does the work of the leader until leadership ends: reads everything, then reconciles. Leaves nothing running behind. */
export async function lead(
  leadership: Leadership,
  { ports, clusterId, onReady, onShared }: LeadOptions,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([leadership.signal, stop.signal]);
  const informers = createInformers(ports);
  let term = leadership.term;
  const shared = createShared({
    ports,
    informers,
    clusterId,
    term: {
      current: () => term,
      raiseAbove: async (seen) => {
        term = await leadership.raiseTermAbove(seen);
      },
      leaseRemainingMs: () => leadership.remainingMs(),
    },
    staleTerm: () => {
      ports.logger.error('a provider has seen a newer leader; leading ends', { term });
      stop.abort();
    },
    listener: {
      changed: (key) => providerChanged(key),
      nameFreed: (name) => {
        for (const key of controllers.vms.memory.nameFreed(name)) controllers.vms.controller.enqueue(key);
      },
      vmChanged: (key, uid) => {
        // Whether too many are missing is for the Provider to say, both ways.
        const isMissing = shared.homes.get(key)?.connection?.to.inventory.isMissing(uid) ?? false;
        if (isMissing || shrunk.has(key))
          controllers.providers.controller.enqueue(key, { priority: priorities.resync, afterMs: judgeAfterMs });
        const owners = informers.vms.store.byIndex(VmIndex.Uid, uid);
        for (const vm of owners) controllers.vms.controller.enqueue(objectKey(vm.metadata));
        if (owners.length === 0) unownedChanged(shared, controllers, { key, uid });
      },
    },
  });
  const shrunk = new Set<ObjectKey>();
  const wakeVms = (key: ObjectKey, priority: number) => {
    for (const vm of informers.vms.store.byIndex(VmIndex.Provider, key)) {
      controllers.vms.controller.enqueue(objectKey(vm.metadata), { priority });
    }
  };
  const controllers: Controllers = {
    vms: createVmController(shared, (image, provider) => controllers.images.doubt(image, provider)),
    providers: createProviderController(shared, (key, isShrunk) => {
      if (shrunk.has(key) === isShrunk) return;
      if (isShrunk) shrunk.add(key);
      else shrunk.delete(key);
      wakeVms(key, priorities.normal);
    }),
    images: createImageController(shared),
  };
  const providerChanged = wakeOnViewChange(shared, controllers, wakeVms);
  onShared(shared);
  const following = Promise.all(allInformers(informers).map((informer) => informer.start(signal)));
  await Promise.race([Promise.all(allInformers(informers).map(({ synced }) => synced)), aborted(signal)]);
  const unwire = wireWakeUps(shared, controllers);
  const running = Promise.all(
    [controllers.vms, controllers.providers, controllers.images].map(({ controller }) =>
      controller.start(signal, { abort: leadership.lost }),
    ),
  );
  if (!signal.aborted) onReady();
  await running;
  // Whoever leads next knows nothing of it: nobody does before it is over.
  if (controllers.vms.memory.hasOpenCreate(ports.clock.monotonicMs())) leadership.leaveToExpire();
  unwire();
  await shared.homes.closeAll();
  await following;
  onShared(undefined);
}

/** Wakes the Provider at each change; its VMs only when what they see of it has changed. */
function wakeOnViewChange(
  shared: Shared,
  { providers, images }: Controllers,
  wakeVms: (key: ObjectKey, priority: number) => void,
): (key: ObjectKey) => void {
  const seen = new Map<ObjectKey, string>();
  return (key) => {
    providers.controller.enqueue(key);
    const [namespace = '', name = ''] = key.split('/');
    const { unavailable, fingerprint, hypervisorId } = shared.view({ namespace, name }, { namespace, labels: {} });
    const now = JSON.stringify([unavailable?.reason, fingerprint, hypervisorId]);
    if (seen.get(key) === now) return;
    seen.set(key, now);
    const priority = unavailable ? priorities.resync : priorities.normal;
    wakeVms(key, priority);
    for (const image of shared.informers.images.store.list())
      images.controller.enqueue(objectKey(image.metadata), { priority });
  };
}

/** A machine changed that no object owns: its Provider tells of it, and of a thousand of them at once. */
function unownedChanged(
  shared: Shared,
  { providers }: Controllers,
  { key, uid }: { readonly key: ObjectKey; readonly uid: string },
): void {
  shared.homes.get(key)?.connection?.to.inventory.forget(uid);
  providers.controller.enqueue(key, { priority: priorities.resync, afterMs: countVmsAfterMs });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
