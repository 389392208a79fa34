import type { Socket } from 'node:net';
import { createConnection } from 'node:net';
import { LibvirtError } from '../libvirt-error.ts';

const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: 'is libvirtd running?',
  ECONNREFUSED: 'nothing listens there any more; is libvirtd running?',
  EACCES: 'this user may not use it; is it a member of the group libvirt?',
};

/** Connects to a unix socket. @throws LibvirtError `lost` when that fails, and when the signal fires before. */
export function openUnixSocket(path: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path, signal });
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      const advice = ADVICE[cause.code ?? ''];
      const message = `cannot connect to libvirtd at ${path}: ${cause.message}${advice ? ` (${advice})` : ''}`;
      reject(new LibvirtError({ kind: 'lost', outcome: 'not-sent', message, cause }));
    });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}
