import { type Server, ServerCredentials } from '@grpc/grpc-js';
import { Reason, type ServerCall } from '@virtrigaud/grpc-contract/server';
import type { Listen, Logger } from '@virtrigaud/service-kit';
import { chmod, lstat, unlink } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { ProviderError } from '../provider-error.ts';
import { reloadedTls } from './reloaded-tls.ts';

/** What {@link listen} needs beside the place. */
export interface ListenOptions {
  readonly logger: Logger;
  /** Ends the watch of the certificate's files. */
  readonly signal: AbortSignal;
}

/** What a provider needs of a gRPC server. */
export type ListeningServer = Pick<Server, 'addService' | 'bindAsync' | 'tryShutdown' | 'forceShutdown'>;

/** Binds where the host said. Answers the address, with the port that was really taken. */
export async function listen(
  server: ListeningServer,
  where: Listen,
  { logger, signal }: ListenOptions,
): Promise<string> {
  if (where.kind === 'unix') {
    await removeDeadSocket(where.path);
    await bind(server, `unix:${where.path}`, ServerCredentials.createInsecure());
    await chmod(where.path, 0o600);
    return `unix:${where.path}`;
  }
  const credentials =
    where.tls === 'plaintext' ? ServerCredentials.createInsecure() : await reloadedTls(where.tls, logger, signal);
  const host = where.host.includes(':') ? `[${where.host}]` : where.host;
  const port = await bind(server, `${host}:${String(where.port)}`, credentials);
  return `${host}:${String(port)}`;
}

/** Who may call: on TCP with TLS, only a client whose certificate bears exactly the name that was agreed on. */
export function admit(where: Listen, call: ServerCall): void {
  if (where.kind === 'unix' || where.tls === 'plaintext') return;
  const { clientName } = where.tls;
  const sans = call.peerSans();
  if (sans.some((san) => san === `DNS:${clientName}` || san === `URI:${clientName}`)) return;
  throw new ProviderError('PermissionDenied', {
    // With a reason: a wrong certificate is a person's matter, and must not count for a circuit breaker.
    reason: Reason.NotAdmitted,
    message: `the client's certificate is for ${sans.join(', ') || 'nobody'}, not for ${clientName}`,
  });
}

function bind(server: ListeningServer, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error) reject(new Error(`cannot listen on ${address}: ${error.message}`, { cause: error }));
      else resolve(port);
    });
  });
}

/** A socket that a killed process left behind would keep us from listening; one that answers is somebody's. */
async function removeDeadSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return;
  if (!found.isSocket()) throw new Error(`cannot listen on ${path}: it is there, and is no socket`);
  if (await answers(path)) throw new Error(`cannot listen on ${path}: another process listens there`);
  await unlink(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
