import { EventEmitter } from 'node:events';
import type { Metadata, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { EventLoop, SimProcess } from './event-loop.ts';

/** How one method goes over the wire. */
export interface WireMethod {
  readonly path: string;
  readonly responseStream: boolean;
  readonly requestDeserialize: (bytes: Buffer) => unknown;
  readonly responseSerialize: (value: unknown) => Buffer;
}

/** What a server answers one call with. */
export interface Answering {
  /** One message; for a stream, one of many. */
  message(bytes: Buffer): void;
  ended(): void;
  failed(status: object): void;
}

/** A call as it arrives. */
export interface Arrival {
  readonly path: string;
  readonly bytes: Buffer;
  readonly metadata: Metadata;
  readonly timeoutMs: number | undefined;
}

/** What handlers of grpc-js are given. */
class SimServerCall extends EventEmitter {
  readonly request: unknown;
  readonly metadata: Metadata;
  readonly #path: string;
  readonly #deadline: number;
  readonly #answering: Answering;
  readonly #serialize: (value: unknown) => Buffer;
  cancelled = false;

  constructor(arrival: Arrival, method: WireMethod, answering: Answering) {
    super();
    this.request = method.requestDeserialize(arrival.bytes);
    this.metadata = arrival.metadata;
    this.#path = arrival.path;
    // The wire carries how long is left, not until when: a call that was held up has more time than its caller thinks.
    this.#deadline = arrival.timeoutMs === undefined ? Infinity : Date.now() + arrival.timeoutMs;
    this.#answering = answering;
    this.#serialize = method.responseSerialize;
    this.on('error', (status: object) => answering.failed(status));
  }

  getPath(): string {
    return this.#path;
  }

  getDeadline(): number {
    return this.#deadline;
  }

  getPeer(): string {
    return 'simulated';
  }

  getAuthContext(): object {
    return {};
  }

  sendMetadata(): void {
    // The manager reads none of it.
  }

  write(value: unknown): boolean {
    if (!this.cancelled) this.#answering.message(this.#serialize(value));
    return true;
  }

  end(): void {
    if (!this.cancelled) this.#answering.ended();
  }

  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.emit('cancelled');
  }
}

type UnaryHandler = (call: object, callback: (error: object | null, value?: unknown) => void) => void;
type StreamHandler = (call: object) => void;

/** A gRPC server without a socket: what `serveProvider` takes for one. Lives and dies with its process. */
export class RpcServer {
  readonly process: SimProcess;
  readonly #loop: EventLoop;
  readonly #methods = new Map<string, { readonly method: WireMethod; readonly handler: unknown }>();
  isListening = false;

  constructor(loop: EventLoop, process: SimProcess) {
    this.#loop = loop;
    this.process = process;
  }

  addService(service: ServiceDefinition, implementation: UntypedServiceImplementation): void {
    for (const [name, method] of Object.entries(service))
      this.#methods.set(method.path, { method: method, handler: implementation[name] });
  }

  bindAsync(_address: string, _credentials: unknown, bound: (error: Error | null, port: number) => void): void {
    this.isListening = true;
    bound(null, 1);
  }

  tryShutdown(done: () => void): void {
    this.isListening = false;
    done();
  }

  forceShutdown(): void {
    this.isListening = false;
  }

  /** Takes a call, as code of its process. @returns what cancels it. */
  take(arrival: Arrival, answering: Answering): () => void {
    const known = this.#methods.get(arrival.path);
    if (!known) throw new Error(`${arrival.path} is not served`);
    const { method, handler } = known;
    return this.#loop.as(this.process, () => {
      const call = new SimServerCall(arrival, method, answering);
      if (arrival.timeoutMs !== undefined) {
        const timer = setTimeout(() => call.cancel(), arrival.timeoutMs);
        const { message, failed } = answering;
        answering.message = (bytes) => {
          clearTimeout(timer);
          message(bytes);
        };
        answering.failed = (status) => {
          clearTimeout(timer);
          failed(status);
        };
      }
      if (method.responseStream) (handler as StreamHandler)(call);
      else
        (handler as UnaryHandler)(call, (error, value) => {
          if (error) answering.failed(error);
          else answering.message(method.responseSerialize(value));
        });
      return () => this.#loop.as(this.process, () => call.cancel());
    });
  }
}
