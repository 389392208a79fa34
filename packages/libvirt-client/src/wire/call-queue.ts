import type { Clock } from '../clock.ts';
import type { LibvirtOutcome } from '../libvirt-error.ts';
import { LibvirtError } from '../libvirt-error.ts';
import type { Limits } from './call-limits.ts';
import { watchLimits } from './call-limits.ts';
import type { StreamHandler } from './stream-handler.ts';

/** A call as it goes on the wire. */
export interface Request {
  /** libvirt's name of the procedure, for messages. */
  readonly name: string;
  readonly program: number;
  readonly procedure: number;
  readonly payload: Buffer;
  /** Takes the packets of the stream that this call opens. */
  readonly stream?: StreamHandler | undefined;
}

/** A call that waits for its turn or for its answer. */
export interface PendingCall {
  readonly request: Request;
  /** Whether the caller has been answered, perhaps by a timeout, while libvirtd still owes its reply. */
  readonly settled: boolean;
  resolve(payload: Buffer): void;
  reject(error: LibvirtError): void;
}

/** What a {@link CallQueue} needs of its connection. */
export interface CallQueuePort {
  readonly clock: Clock;
  /** Calls that libvirtd may owe an answer at once. */
  readonly maxInFlight: number;
  readonly send: (request: Request, serial: number) => void;
}

/**
 * Calls in order of arrival, a bounded number of them in flight. A call that was given up keeps its place until
 * libvirtd answers, since it keeps libvirtd busy until then.
 */
export class CallQueue {
  readonly #port: CallQueuePort;
  readonly #waiting = new Set<PendingCall>();
  readonly #inFlight = new Map<number, PendingCall>();
  #lastSerial = 0;

  constructor(port: CallQueuePort) {
    this.#port = port;
  }

  /** Queues a call and resolves with the payload of its reply. */
  add(request: Request, limits: Limits): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const call = new Call(request, { resolve, reject });
      this.#waiting.add(call);
      call.watch(
        watchLimits(limits, this.#port.clock, (end) => {
          const outcome = this.#waiting.delete(call) ? 'not-sent' : 'unknown';
          call.reject(failure(request, outcome, end));
        }),
      );
      this.#pump();
    });
  }

  /** Takes the call that a reply belongs to, `undefined` when there is none; its place is free from then on. */
  answered(serial: number): PendingCall | undefined {
    const call = this.#inFlight.get(serial);
    this.#inFlight.delete(serial);
    this.#pump();
    return call;
  }

  /** Rejects everything. */
  fail(error: LibvirtError): void {
    const waiting = [...this.#waiting];
    const inFlight = [...this.#inFlight.values()];
    this.#waiting.clear();
    this.#inFlight.clear();
    const end = { kind: error.kind, message: error.message, cause: error };
    for (const call of waiting) call.reject(failure(call.request, 'not-sent', end));
    for (const call of inFlight) call.reject(failure(call.request, 'unknown', end));
  }

  #pump(): void {
    for (const call of this.#waiting) {
      if (this.#inFlight.size >= this.#port.maxInFlight) return;
      this.#waiting.delete(call);
      const serial = this.#nextSerial();
      this.#inFlight.set(serial, call);
      this.#port.send(call.request, serial);
    }
  }

  #nextSerial(): number {
    do this.#lastSerial = (this.#lastSerial % 0xffff_ffff) + 1;
    while (this.#inFlight.has(this.#lastSerial));
    return this.#lastSerial;
  }
}

class Call implements PendingCall {
  readonly request: Request;
  readonly #promise: { readonly resolve: (payload: Buffer) => void; readonly reject: (error: LibvirtError) => void };
  #stopWatching: (() => void) | undefined;
  #settled = false;

  constructor(
    request: Request,
    promise: { readonly resolve: (payload: Buffer) => void; readonly reject: (error: LibvirtError) => void },
  ) {
    this.request = request;
    this.#promise = promise;
  }

  get settled(): boolean {
    return this.#settled;
  }

  watch(stop: () => void): void {
    if (this.#settled) stop();
    else this.#stopWatching = stop;
  }

  resolve(payload: Buffer): void {
    if (this.#settle()) this.#promise.resolve(payload);
  }

  reject(error: LibvirtError): void {
    if (this.#settle()) this.#promise.reject(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#stopWatching?.();
    return true;
  }
}

const OUTCOME_WORDS: Readonly<Record<LibvirtOutcome, string>> = {
  refused: 'it was refused',
  'not-sent': 'it was not sent',
  unknown: 'its outcome is unknown',
};

/** The error of a call that got no answer. */
export function failure(
  request: { readonly name: string },
  outcome: LibvirtOutcome,
  end: { readonly kind: LibvirtError['kind']; readonly message: string; readonly cause?: unknown },
): LibvirtError {
  return new LibvirtError({
    kind: end.kind,
    outcome,
    message: `${request.name}: ${end.message}; ${OUTCOME_WORDS[outcome]}`,
    cause: end.cause,
  });
}
