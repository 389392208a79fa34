import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import { LibvirtError } from '../libvirt-error.ts';
import { Program } from '../procedures/procedure.ts';
import type { Unsubscribe } from '../types.ts';
import type { Limits } from './call-limits.ts';
import type { PendingCall, Request } from './call-queue.ts';
import { CallQueue, failure } from './call-queue.ts';
import { Keepalive } from './keepalive.ts';
import type { Packet } from './packet.ts';
import { broken, encodePacket, PacketReader, PacketStatus, PacketType } from './packet.ts';
import { readRemoteError } from './remote-error.ts';
import type { StreamHandler } from './stream-handler.ts';

/** How a {@link RpcChannel} is made. */
export interface RpcChannelOptions {
  readonly duplex: Duplex;
  readonly clock: Clock;
  readonly maxInFlight: number;
}

interface OpenStream {
  readonly request: Request;
  readonly handler: StreamHandler;
}

/** libvirt RPC over one byte stream: calls, events and streams side by side, until it closes for good. */
export class RpcChannel {
  readonly clock: Clock;
  readonly #duplex: Duplex;
  readonly #reader = new PacketReader();
  readonly #calls: CallQueue;
  readonly #streams = new Map<number, OpenStream>();
  readonly #eventListeners = new Set<(packet: Packet) => void>();
  readonly #closeListeners = new Set<(reason: LibvirtError) => void>();
  readonly #pausedBy = new Set<object>();
  #keepalive: Keepalive | undefined;
  #closedBecause: LibvirtError | undefined;

  constructor(options: RpcChannelOptions) {
    this.clock = options.clock;
    this.#duplex = options.duplex;
    this.#calls = new CallQueue({
      clock: options.clock,
      maxInFlight: options.maxInFlight,
      send: (request, serial) => {
        const { program, procedure, payload } = request;
        this.#duplex.write(encodePacket({ program, procedure, type: PacketType.call, serial, status: 0 }, payload));
      },
    });
    this.#duplex.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#duplex.on('error', (cause: Error) => this.close(lost(cause.message, cause)));
    this.#duplex.on('end', () => this.close(lost('libvirtd closed it')));
    this.#duplex.on('close', () => this.close(lost('the socket closed')));
  }

  /** Why the channel is closed, `undefined` while it lives. */
  get closedBecause(): LibvirtError | undefined {
    return this.#closedBecause;
  }

  /** Sends a call when its turn comes and resolves with the payload of its reply. */
  async call(request: Request, limits: Limits): Promise<Buffer> {
    const closed = this.#closedBecause;
    if (closed) throw failure(request, 'not-sent', { kind: 'lost', message: closed.message, cause: closed });
    return this.#calls.add(request, limits);
  }

  /** Starts to answer PINGs and to send them. */
  startKeepalive(options: { readonly intervalMs: number; readonly count: number }): void {
    this.#keepalive = new Keepalive({
      ...options,
      clock: this.clock,
      send: (packet) => this.#duplex.write(packet),
      isPaused: () => this.#pausedBy.size > 0,
      onSilence: () => this.close(lost(`libvirtd has been silent for ${options.intervalMs * options.count} ms`)),
    });
  }

  /** Calls back with each event packet. */
  onEvent(listener: (packet: Packet) => void): Unsubscribe {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  /** Calls back once when the channel closes; at once if it has. */
  onClose(listener: (reason: LibvirtError) => void): Unsubscribe {
    if (this.#closedBecause) listener(this.#closedBecause);
    else this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  /**
   * Sends a stream packet.
   *
   * @returns Whether more may be sent at once; otherwise wait for {@link RpcChannel.onceDrained}.
   */
  sendStream(request: Request, serial: number, content: { status: number; data?: Uint8Array }): boolean {
    if (this.#closedBecause) return true;
    const { program, procedure } = request;
    const header = { program, procedure, type: PacketType.stream, serial, status: content.status };
    return this.#duplex.write(encodePacket(header, content.data));
  }

  /** Calls back once when the socket takes more. */
  onceDrained(listener: () => void): Unsubscribe {
    this.#duplex.once('drain', listener);
    return () => this.#duplex.off('drain', listener);
  }

  /** Forgets a stream: what still comes of it is dropped. */
  endStream(serial: number): void {
    this.#streams.delete(serial);
  }

  /** Stops reading for as long as any `owner` asks for it. */
  pause(owner: object): void {
    this.#pausedBy.add(owner);
    this.#duplex.pause();
  }

  /** Takes {@link RpcChannel.pause} back. */
  resume(owner: object): void {
    if (!this.#pausedBy.delete(owner) || this.#pausedBy.size > 0) return;
    this.#keepalive?.heard();
    this.#duplex.resume();
  }

  /** Closes for good: everything that is pending fails. Only the first call counts. */
  close(reason: LibvirtError): void {
    if (this.#closedBecause) return;
    this.#closedBecause = reason;
    this.#keepalive?.stop();
    this.#duplex.destroy();
    this.#calls.fail(reason);
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const { request, handler } of streams) {
      handler.failed(failure(request, 'unknown', { kind: reason.kind, message: reason.message, cause: reason }));
    }
    for (const listener of this.#closeListeners) listener(reason);
  }

  #receive(chunk: Buffer): void {
    this.#keepalive?.heard();
    try {
      for (const packet of this.#reader.push(chunk)) {
        if (this.#closedBecause) return;
        this.#dispatch(packet);
      }
    } catch (error) {
      this.close(error instanceof LibvirtError ? error : lost('an event listener failed', error));
    }
  }

  #dispatch(packet: Packet): void {
    if (packet.program === Program.keepalive) this.#keepalive?.take(packet);
    else if (packet.type === PacketType.reply) this.#takeReply(packet);
    else if (packet.type === PacketType.event) for (const listener of this.#eventListeners) listener(packet);
    else if (packet.type === PacketType.stream) this.#takeStream(packet);
    else throw broken(`a packet has the type ${packet.type}`);
  }

  #takeReply(packet: Packet): void {
    const call = this.#calls.answered(packet.serial);
    if (!call) throw broken(`a reply bears the serial ${packet.serial}, which no call has`);
    try {
      this.#answer(call, packet);
    } catch (error) {
      call.reject(error instanceof LibvirtError ? error : lost('a reply could not be used', error));
      throw error;
    }
  }

  #answer(call: PendingCall, { serial, status, payload }: Packet): void {
    const { request } = call;
    if (status === PacketStatus.error) return call.reject(readRemoteError(request.name, payload));
    if (status !== PacketStatus.ok) throw broken(`a reply has the status ${status}`);
    if (request.stream) this.#openStream(serial, { request, handler: request.stream }, call.settled);
    call.resolve(payload);
  }

  #openStream(serial: number, stream: OpenStream, unwanted: boolean): void {
    if (unwanted) {
      this.sendStream(stream.request, serial, { status: PacketStatus.error });
      return;
    }
    this.#streams.set(serial, stream);
    stream.handler.opened(serial);
  }

  #takeStream(packet: Packet): void {
    const stream = this.#streams.get(packet.serial);
    if (!stream) return;
    switch (packet.status) {
      case PacketStatus.continue:
        return stream.handler.data(packet.payload);
      case PacketStatus.ok:
        this.#streams.delete(packet.serial);
        return stream.handler.finished();
      case PacketStatus.error:
        // Read first: when it cannot be read the channel closes, and that fails the streams that are still open.
        stream.handler.failed(readRemoteError(stream.request.name, packet.payload));
        this.#streams.delete(packet.serial);
        return;
      default:
        throw broken(`a stream packet has the status ${packet.status}`);
    }
  }
}

/** The error of a connection that is gone. */
export function lost(why: string, cause?: unknown): LibvirtError {
  return new LibvirtError({
    kind: 'lost',
    outcome: 'unknown',
    message: `the connection to libvirtd is lost: ${why}`,
    cause,
  });
}
