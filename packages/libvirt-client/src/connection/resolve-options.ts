import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import { LibvirtError } from '../libvirt-error.ts';
import { parseLibvirtUri } from '../uri.ts';
import type { ConnectOptions, KeepaliveOptions } from './connect-options.ts';
import { openUnixSocket } from './open-unix-socket.ts';

/** libvirtd's `max_client_requests`. */
const MAX_IN_FLIGHT = 5;

/** {@link ConnectOptions} with every default in its place. */
export interface ResolvedOptions {
  readonly name: string;
  readonly openDuplex: (signal: AbortSignal) => Promise<Duplex>;
  readonly callTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly keepalive: KeepaliveOptions | 'off';
  readonly maxInFlight: number;
  readonly readOnly: boolean;
  readonly clock: Clock;
}

/** Checks options and fills in defaults. @throws LibvirtError `unsupported` when they cannot be used. */
export function resolveOptions(options: ConnectOptions): ResolvedOptions {
  const uri = parseLibvirtUri(options.uri);
  const socketPath = options.socketPath ?? uri.socketPath;
  const maxInFlight = options.maxInFlight ?? MAX_IN_FLIGHT - 1;
  if (!Number.isInteger(maxInFlight) || maxInFlight < 1 || maxInFlight > MAX_IN_FLIGHT) {
    throw unusable(`maxInFlight is ${maxInFlight}; it must be a whole number from 1 to ${MAX_IN_FLIGHT}`);
  }
  if (socketPath === undefined && !options.openDuplex) {
    throw unusable(`'${options.uri}' does not say which socket to use: give socketPath, or ?socket=/path`);
  }
  return {
    name: uri.name,
    openDuplex: options.openDuplex ?? ((signal) => openUnixSocket(socketPath ?? '', signal)),
    callTimeoutMs: options.callTimeoutMs ?? 30_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    keepalive: options.keepalive ?? { intervalMs: 5_000, count: 5 },
    maxInFlight,
    readOnly: options.readOnly ?? false,
    clock: options.clock ?? systemClock,
  };
}

function unusable(message: string): LibvirtError {
  return new LibvirtError({ kind: 'unsupported', outcome: 'not-sent', message });
}
