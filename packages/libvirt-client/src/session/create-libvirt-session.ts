import { libvirtCalls } from '../api/libvirt-calls.ts';
import { resolveOptions } from '../connection/resolve-options.ts';
import type { LibvirtSession, SessionOptions } from './libvirt-session.ts';
import { SessionCore } from './session-core.ts';
import { sessionInvoker } from './session-invoker.ts';

/**
 * Starts a session and returns at once; the connections are opened in the background and again whenever one is lost.
 *
 * @throws LibvirtError `unsupported` when the URI is one that this client cannot use.
 */
export function createLibvirtSession(options: SessionOptions): LibvirtSession {
  const core = new SessionCore(resolveOptions(options), options);
  core.start();
  return {
    ...libvirtCalls(sessionInvoker(core.lanes)),
    get state() {
      return core.state;
    },
    onState: (listener) => core.stateListeners.add(listener),
    onDomainEvent: (listener) => core.eventListeners.add(listener),
    onResync: (listener) => core.resyncListeners.add(listener),
    whenConnected: (limits) => core.whenConnected(limits),
    close: () => core.close(),
  };
}
