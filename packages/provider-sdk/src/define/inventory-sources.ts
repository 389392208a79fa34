import { pause } from '../session/back-off.ts';
import type { InventorySink } from '../implementation.ts';

/** How a provider learns that something changed at the hypervisor. */
export type InventorySource<S> = (session: S, sink: InventorySink, signal: AbortSignal) => Promise<void>;

/**
 * For a hypervisor without events: lists everything now and then. One list, whatever the number of VMs, and only while a manager's
 * session stands.
 */
export function poll<S>({ everyMs }: { readonly everyMs: number }): InventorySource<S> {
  return async (_session, sink, signal) => {
    while (!signal.aborted) {
      await pause(everyMs, signal);
      if (!signal.aborted) sink.relist();
    }
  };
}

/** For a hypervisor with events. `follow` runs until the signal aborts; returning early or throwing ends the session. */
export function watch<S>(follow: InventorySource<S>): InventorySource<S> {
  return follow;
}
