import type { ConnectOptions } from './connect-options.ts';
import type { LibvirtConnection } from './libvirt-connection.ts';

/**
 * Connects to libvirtd, authenticates and opens the hypervisor that the URI names.
 *
 * @throws LibvirtError `lost` when nothing listens, `timeout`, `aborted`, `unsupported` for a transport or an
 * authentication that is not built, `libvirt` when libvirtd refuses.
 */
export async function connectLibvirt(_options: ConnectOptions): Promise<LibvirtConnection> {
  throw new Error('not built yet');
}
