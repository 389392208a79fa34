import { LibvirtError } from './libvirt-error.ts';

/** Where libvirtd listens unless the URI or the caller says otherwise. */
export const DEFAULT_SOCKET_PATH = '/run/libvirt/libvirt-sock';

/** A libvirt URI, as far as this client can use it. */
export interface LibvirtUri {
  /** The hypervisor's driver: `qemu`, `test`, ... */
  readonly driver: string;
  /** What libvirtd is asked to open, without transport and parameters: `qemu:///system`. */
  readonly name: string;
  /** Unix socket of libvirtd, `undefined` when the URI does not settle it (a user's session daemon). */
  readonly socketPath: string | undefined;
}

const URI =
  /^(?<driver>[a-z][a-z0-9]*)(?:\+(?<transport>[a-z0-9]+))?:\/\/(?<host>[^/?#]*)(?<path>\/[^?#]*)?(?:\?(?<query>[^#]*))?$/;

/**
 * Reads `qemu:///system`, `test:///default` and their like. `?socket=/path` names another socket.
 *
 * @throws LibvirtError `unsupported` for a transport other than unix, a host, or an unknown parameter.
 */
export function parseLibvirtUri(text: string): LibvirtUri {
  const parts = URI.exec(text)?.groups;
  if (parts?.['driver'] === undefined)
    throw refused(text, 'it has not the form driver:///path, such as qemu:///system');
  const { driver, transport, host = '', path = '' } = parts;
  if (transport !== undefined && transport !== 'unix') {
    throw refused(text, `the transport '${transport}' is not built yet; only unix sockets are`);
  }
  if (host !== '') {
    throw refused(text, `the host '${host}' needs a network transport, and none is built yet; use ${driver}://${path}`);
  }
  if (path === '' || path === '/') throw refused(text, 'it names no path, such as /system');
  return { driver, name: `${driver}://${path}`, socketPath: socketOf(text, path, parts['query'] ?? '') };
}

function socketOf(text: string, path: string, query: string): string | undefined {
  const parameters = new URLSearchParams(query);
  for (const key of parameters.keys()) {
    if (key !== 'socket') throw refused(text, `the parameter '${key}' is not known; only socket is`);
  }
  return parameters.get('socket') ?? (path === '/session' ? undefined : DEFAULT_SOCKET_PATH);
}

function refused(text: string, why: string): LibvirtError {
  return new LibvirtError({
    kind: 'unsupported',
    outcome: 'not-sent',
    message: `cannot use the libvirt URI '${text}': ${why}`,
  });
}
