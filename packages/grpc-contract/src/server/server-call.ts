import type { ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';

type AnyCall = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>;

/** One for all calls: every call that is answered ends so, too, and a reason of its own would cost it a stack trace. */
const ended = new Error('the caller cancelled, its deadline passed, or the connection is lost');

/**
 * What a handler may know of the call it answers. The abort signal and the peer are made when first asked for: making them for
 * every call costs about a quarter of the rate.
 */
export class ServerCall {
  readonly #call: AnyCall;
  readonly #now: () => number;
  #abort: AbortController | undefined;

  constructor(call: AnyCall, now: () => number = Date.now) {
    this.#call = call;
    this.#now = now;
  }

  /** Full name, such as `/virtrigaud.provider.v1.Provider/Create`. */
  get method(): string {
    return this.#call.getPath();
  }

  /** Aborts when the caller cancels, its deadline passes or the connection is lost. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = new AbortController();
      this.#abort = abort;
      if (this.#call.cancelled) abort.abort(ended);
      else {
        this.#call.once('cancelled', () => {
          abort.abort(ended);
        });
      }
    }
    return this.#abort.signal;
  }

  /** When the caller stops waiting; undefined when it waits for ever. */
  get deadline(): Date | undefined {
    const deadline = this.#call.getDeadline();
    const ms = typeof deadline === 'number' ? deadline : deadline.getTime();
    return Number.isFinite(ms) ? new Date(ms) : undefined;
  }

  /** Milliseconds until the deadline, at least 0; Infinity without one. */
  remainingMs(): number {
    const deadline = this.deadline;
    return deadline ? Math.max(0, deadline.getTime() - this.#now()) : Number.POSITIVE_INFINITY;
  }

  /** First value of a request metadata key. */
  metadata(key: string): string | undefined {
    const value = this.#call.metadata.get(key)[0];
    return typeof value === 'string' ? value : undefined;
  }

  /** Address of the caller, as gRPC names it. */
  get peer(): string {
    return this.#call.getPeer();
  }

  /** Subject alternative names of the client's certificate (`DNS:...`, `URI:...`); empty without one. */
  peerSans(): readonly string[] {
    const certificate = this.#call.getAuthContext().sslPeerCertificate;
    return certificate?.subjectaltname?.split(/,\s*/) ?? [];
  }
}
