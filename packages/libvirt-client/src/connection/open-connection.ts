import type { Invoker } from '../api/invoker.ts';
import { LibvirtError } from '../libvirt-error.ts';
import { connectClose } from '../procedures/connect.ts';
import { lost, RpcChannel } from '../wire/rpc-channel.ts';
import { channelInvoker } from './channel-invoker.ts';
import { DomainEvents } from './domain-events.ts';
import { handshake } from './handshake.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/** libvirtd gets this long to say good-bye. */
const CLOSE_TIMEOUT_MS = 1_000;

/** A connection's parts, as a session and {@link LibvirtConnection} use them. */
export interface OpenConnection {
  readonly channel: RpcChannel;
  readonly invoker: Invoker;
  readonly events: DomainEvents;
  /** Says good-bye and closes. Idempotent. */
  readonly close: () => Promise<void>;
}

/** Opens, authenticates and opens the hypervisor, all within `connectTimeoutMs`. */
export async function openConnection(options: ResolvedOptions, signal?: AbortSignal): Promise<OpenConnection> {
  const { clock, connectTimeoutMs } = options;
  const deadline = new AbortController();
  const cancel = clock.schedule(() => deadline.abort(), connectTimeoutMs);
  const limits = {
    timeoutMs: connectTimeoutMs,
    signal: AbortSignal.any([deadline.signal, ...(signal ? [signal] : [])]),
  };
  try {
    limits.signal.throwIfAborted();
    return await open(options, limits);
  } catch (cause) {
    throw whyNot(cause, { options, expired: deadline.signal.aborted, signal });
  } finally {
    cancel();
  }
}

async function open(
  options: ResolvedOptions,
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<OpenConnection> {
  const { clock, maxInFlight, callTimeoutMs, keepalive } = options;
  const duplex = await options.openDuplex(limits.signal);
  const channel = new RpcChannel({ duplex, clock, maxInFlight });
  try {
    const invoker = channelInvoker(channel, callTimeoutMs);
    const events = new DomainEvents(channel, invoker);
    const greeting = await handshake(invoker, options, limits);
    if (greeting.keepalive && keepalive !== 'off') channel.startKeepalive(keepalive);
    return { channel, invoker, events, close: () => sayGoodbye(channel, invoker) };
  } catch (error) {
    channel.close(lost('it could not be opened', error));
    throw error;
  }
}

async function sayGoodbye(channel: RpcChannel, invoker: Invoker): Promise<void> {
  if (channel.closedBecause) return;
  // Whether libvirtd heard it or not, this side closes now: the failure of a good-bye changes nothing.
  await invoker.call(connectClose, undefined, { timeoutMs: CLOSE_TIMEOUT_MS }).catch(() => undefined);
  channel.close(lost('it was closed on this side'));
}

function whyNot(
  cause: unknown,
  seen: { readonly options: ResolvedOptions; readonly expired: boolean; readonly signal: AbortSignal | undefined },
): LibvirtError {
  const { name, connectTimeoutMs } = seen.options;
  if (seen.signal?.aborted === true) {
    const message = `connecting to ${name}: the caller gave it up`;
    return new LibvirtError({ kind: 'aborted', outcome: 'not-sent', message, cause });
  }
  if (seen.expired) {
    const message = `connecting to ${name}: libvirtd did not answer within ${connectTimeoutMs} ms`;
    return new LibvirtError({ kind: 'timeout', outcome: 'not-sent', message, cause });
  }
  if (cause instanceof LibvirtError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LibvirtError({ kind: 'lost', outcome: 'not-sent', message: `connecting to ${name}: ${why}`, cause });
}
