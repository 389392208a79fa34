import type { LibvirtError } from '../libvirt-error.ts';
import type { EarlyEnd, Limits } from './call-limits.ts';
import { watchLimits } from './call-limits.ts';
import type { Request } from './call-queue.ts';
import { failure } from './call-queue.ts';
import { PacketStatus } from './packet.ts';
import type { RpcChannel } from './rpc-channel.ts';
import type { StreamHandler } from './stream-handler.ts';

/** Unread bytes from which on the connection is not read any more. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024;

/** The state that both directions of a stream share: what came, how it ended, and waiting for either. */
export class RemoteStream implements StreamHandler {
  readonly #channel: RpcChannel;
  readonly #request: Request;
  readonly #limits: Limits;
  readonly #received: Buffer[] = [];
  #receivedBytes = 0;
  #serial = 0;
  #confirmed = false;
  #error: LibvirtError | undefined;
  #wake: (() => void) | undefined;

  private constructor(channel: RpcChannel, request: Request, limits: Limits) {
    this.#channel = channel;
    this.#request = { ...request, stream: this };
    this.#limits = limits;
  }

  /** Makes the call that opens a stream and resolves when it is open. */
  static async open(channel: RpcChannel, request: Request, limits: Limits): Promise<RemoteStream> {
    const stream = new RemoteStream(channel, request, limits);
    await channel.call(stream.#request, limits);
    return stream;
  }

  opened(serial: number): void {
    this.#serial = serial;
  }

  data(payload: Buffer): void {
    this.#received.push(payload);
    this.#receivedBytes += payload.length;
    if (this.#receivedBytes >= HIGH_WATER_BYTES) this.#channel.pause(this);
    this.#wake?.();
  }

  finished(): void {
    this.#confirmed = true;
    this.#wake?.();
  }

  failed(error: LibvirtError): void {
    this.#error = error;
    this.#wake?.();
  }

  /** Sends bytes and resolves when more may be sent. */
  async send(data: Uint8Array): Promise<void> {
    this.#throwIfEnded();
    if (this.#channel.sendStream(this.#request, this.#serial, { status: PacketStatus.continue, data })) return;
    let drained = false;
    const off = this.#channel.onceDrained(() => {
      drained = true;
      this.#wake?.();
    });
    try {
      await this.#until(() => drained);
    } finally {
      off();
    }
  }

  /** The next bytes, empty at the end of a download. */
  async receive(): Promise<Buffer> {
    this.#throwIfAborted();
    await this.#until(() => this.#received.length > 0);
    const data = this.#received.shift() ?? Buffer.alloc(0);
    this.#receivedBytes -= data.length;
    if (this.#receivedBytes < HIGH_WATER_BYTES / 2) this.#channel.resume(this);
    return data;
  }

  /** Says that this side is done and resolves when libvirtd agrees. */
  async finish(): Promise<void> {
    this.#throwIfEnded();
    this.#channel.sendStream(this.#request, this.#serial, { status: PacketStatus.ok });
    await this.#until(() => this.#confirmed);
  }

  /** Gives the stream up unless it has ended. Idempotent. */
  abort(): void {
    this.#channel.resume(this);
    this.#channel.endStream(this.#serial);
    if (this.#confirmed || this.#error) return;
    this.#error = failure(this.#request, 'unknown', { kind: 'aborted', message: 'the stream was given up' });
    this.#channel.sendStream(this.#request, this.#serial, { status: PacketStatus.error });
  }

  async #until(reached: () => boolean): Promise<void> {
    let ended: EarlyEnd | undefined;
    const stop = watchLimits(this.#limits, this.#channel.clock, (end) => {
      ended = end;
      this.#wake?.();
    });
    try {
      while (!reached()) {
        this.#throwIfFailed();
        if (ended) throw failure(this.#request, 'unknown', ended);
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#wake = undefined;
      stop();
    }
  }

  #throwIfEnded(): void {
    this.#throwIfFailed();
    this.#throwIfAborted();
  }

  #throwIfFailed(): void {
    if (this.#error) throw this.#error;
  }

  /** A signal that fires while nothing waits here is seen at the next step. */
  #throwIfAborted(): void {
    const { signal } = this.#limits;
    if (signal?.aborted !== true) return;
    throw failure(this.#request, 'unknown', {
      kind: 'aborted',
      message: 'the caller gave it up',
      cause: signal.reason,
    });
  }
}
