import type { LibvirtSession, SessionOptions } from './libvirt-session.ts';

/**
 * Starts a session and returns at once; the connections are opened in the background and again whenever one is lost.
 *
 * @throws LibvirtError `unsupported` when the URI is one that this client cannot use.
 */
export function createLibvirtSession(_options: SessionOptions): LibvirtSession {
  throw new Error('not built yet');
}
