import { libvirtCalls } from '../api/libvirt-calls.ts';
import type { ConnectOptions } from './connect-options.ts';
import type { LibvirtConnection } from './libvirt-connection.ts';
import { openConnection } from './open-connection.ts';
import { resolveOptions } from './resolve-options.ts';

/**
 * Connects to libvirtd, authenticates and opens the hypervisor that the URI names.
 *
 * @throws LibvirtError `lost` when nothing listens, `timeout`, `aborted`, `unsupported` for a transport or an
 * authentication that is not built, `libvirt` when libvirtd refuses.
 */
export async function connectLibvirt(options: ConnectOptions): Promise<LibvirtConnection> {
  const { channel, invoker, events, close } = await openConnection(resolveOptions(options), options.signal);
  return {
    ...libvirtCalls(invoker),
    get closedBecause() {
      return channel.closedBecause;
    },
    onDomainEvent: (kinds, listener, limits) => events.register(kinds, listener, limits),
    onClose: (listener) => channel.onClose(listener),
    close,
  };
}
