import { AgentState, LifecycleEventType, ListDomainsFlag, type DomainEvent } from '@virtrigaud/libvirt-client';
import type { InventorySink } from '@virtrigaud/provider-sdk';
import type { Host } from '../session/host.ts';
import { AddressFinder } from './address-finder.ts';
import { lookUpAddresses } from './look-up-addresses.ts';

/** Lifecycle events after which a guest may have other addresses. */
const MAY_BRING_ADDRESSES: readonly number[] = [LifecycleEventType.started, LifecycleEventType.resumed];
const ENDS: readonly number[] = [LifecycleEventType.undefined, LifecycleEventType.stopped, LifecycleEventType.crashed];

/** Tells the sink of each domain that libvirt has an event for, and of each guest whose addresses changed, until `signal`. */
export async function watchDomains(host: Host, sink: InventorySink, signal: AbortSignal): Promise<void> {
  const finder = new AddressFinder({
    look: (domain) => lookUpAddresses(host, domain, signal),
    changed: (uuid) => sink.changed(uuid),
    failed: (error) => host.logger.warn('addresses of a guest could not be looked up', { error }),
    signal,
  });
  const quiet = host.libvirt.onDomainEvent((event) => {
    follow(host, finder, event);
    sink.changed(event.domain.uuid);
  });
  const quietResync = host.libvirt.onResync(() => sink.relist());
  try {
    // Guests that ran before us: nothing will be said about them.
    const running = await host.libvirt.listAllDomains({ flags: ListDomainsFlag.active, signal });
    for (const domain of running) finder.search(domain);
    await aborted(signal);
  } finally {
    quiet();
    quietResync();
  }
}

function follow({ addresses }: Host, finder: AddressFinder, event: DomainEvent): void {
  const { uuid } = event.domain;
  switch (event.kind) {
    case 'lifecycle':
      if (ENDS.includes(event.event)) {
        finder.stop(uuid);
        addresses.forget(uuid);
      }
      if (event.event === LifecycleEventType.started) addresses.forget(uuid);
      if (MAY_BRING_ADDRESSES.includes(event.event)) finder.search(event.domain);
      return;
    case 'reboot':
    case 'deviceAdded':
      finder.search(event.domain);
      return;
    case 'agentLifecycle':
      if (event.state === AgentState.connected) finder.search(event.domain);
      return;
    case 'deviceRemoved':
    case 'deviceRemovalFailed':
    case 'blockJob':
    case 'metadata':
      return;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
