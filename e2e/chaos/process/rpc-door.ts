import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  status,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type ServiceError,
} from '@grpc/grpc-js';
import type { Component, ProviderName } from '../scenario/scenario.ts';
import { rpcOf, type Call, type Fate, type Weather } from './weather.ts';

type Bytes = Buffer;
type Unary = handleUnaryCall<Bytes, Bytes>;
type Streaming = handleServerStreamingCall<Bytes, Bytes>;

const same = (bytes: Bytes): Bytes => bytes;
const providerService = '/virtrigaud.provider.v1.Provider/';
const healthService = '/grpc.health.v1.Health/';
const streams = new Set(['WatchVMs', 'WatchTasks', 'Watch']);
const unaries = [
  ...['GetProviderInfo', 'Validate', 'ListVMs', 'Describe', 'Create', 'Adopt', 'Delete', 'Power', 'Reconfigure'],
  ...['TaskStatus', 'CancelTask', 'ImagePrepare', 'ImageDescribe'],
];

/** Between whom, by which sockets. */
export interface RpcDoorOptions {
  readonly socket: string;
  readonly to: string;
  readonly weather: Weather;
  readonly manager: Component;
  readonly provider: ProviderName;
}

/** The way of one manager to one provider, over which every call of the contract passes as it is: bytes in, bytes out. */
export class RpcDoor {
  readonly address: string;
  readonly #from: { readonly manager: Component; readonly provider: ProviderName };
  readonly #weather: Weather;
  readonly #server = new Server({ 'grpc.max_receive_message_length': -1 });
  readonly #far: Client;

  private constructor(parts: RpcDoorOptions) {
    this.address = `unix:${parts.socket}`;
    this.#from = { manager: parts.manager, provider: parts.provider };
    this.#weather = parts.weather;
    this.#far = new Client(`unix:${parts.to}`, credentials.createInsecure(), {
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.min_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 200,
      'grpc.max_receive_message_length': -1,
    });
    for (const name of [...unaries, ...streams]) {
      if (name !== 'Watch') this.#register(providerService + name, streams.has(name));
    }
    this.#register(`${healthService}Watch`, true);
    this.#register(`${healthService}Check`, false);
  }

  static async open(parts: RpcDoorOptions): Promise<RpcDoor> {
    const door = new RpcDoor(parts);
    await new Promise<void>((resolve, reject) => {
      door.#server.bindAsync(door.address, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      );
    });
    return door;
  }

  close(): void {
    this.#server.forceShutdown();
    this.#far.close();
  }

  #register(path: string, isStream: boolean): void {
    if (isStream) this.#server.register(path, this.#stream(path), same, same, 'serverStream');
    else this.#server.register(path, this.#unary(path), same, same, 'unary');
  }

  #begins(path: string, reset: () => void): { readonly call: Call | undefined; readonly fate: Fate } {
    const rpc = rpcOf(path);
    if (rpc === undefined) return { call: undefined, fate: { reply: 'delivered' } };
    const call: Call = { rpc, ...this.#from, reset };
    return { call, fate: this.#weather.begins(call) };
  }

  #unary(path: string): Unary {
    return (near, callback) => {
      let isOver = false;
      const end = (answer: () => void) => {
        if (isOver) return;
        isOver = true;
        if (call) this.#weather.ends(call);
        answer();
      };
      const reset = () => end(() => callback(broken()));
      const { call, fate } = this.#begins(path, reset);
      const metadata = withoutTransport(near.metadata);
      const send = (answer: (error: ServiceError | null, reply?: Bytes) => void) =>
        this.#far.makeUnaryRequest(path, same, same, near.request, metadata, { deadline: near.getDeadline() }, answer);
      const deliver = () => {
        const far = send((error, reply) => {
          if (fate.reply === 'silence') return;
          if (fate.reply === 'reset') reset();
          else end(() => (error ? callback(passedOn(error)) : callback(null, reply)));
        });
        far.on('metadata', (heads: Metadata) => {
          if (!isOver) near.sendMetadata(withoutTransport(heads));
        });
        // A call that was held up somewhere is not called back by a caller that has left.
        if (!fate.heldUntil) near.once('cancelled', () => far.cancel());
      };
      near.once('cancelled', () => end(() => undefined));
      if (fate.heldUntil) void fate.heldUntil.then(deliver);
      else deliver();
      if (fate.againAfterMs !== undefined) setTimeout(() => send(() => undefined), fate.againAfterMs);
    };
  }

  #stream(path: string): Streaming {
    return (near) => {
      const far = () =>
        this.#far.makeServerStreamRequest(path, same, same, near.request, withoutTransport(near.metadata), {
          deadline: near.getDeadline(),
        });
      let isOver = false;
      const end = (answer: () => void) => {
        if (isOver) return;
        isOver = true;
        if (call) this.#weather.ends(call);
        answer();
      };
      const reset = () => end(() => near.emit('error', broken()));
      const { call, fate } = this.#begins(path, reset);
      const queue = new LateQueue(() => (call ? this.#weather.lagMs : 0));
      const deliver = () => {
        const stream = far();
        near.once('cancelled', () => stream.cancel());
        stream.on('metadata', (heads: Metadata) => {
          if (!isOver) near.sendMetadata(withoutTransport(heads));
        });
        stream.on('data', (bytes: Bytes) => {
          if (fate.reply === 'silence') return;
          if (fate.reply === 'reset') {
            reset();
            stream.cancel();
          } else queue.later(() => !isOver && near.write(bytes));
        });
        stream.on('end', () => queue.later(() => end(() => near.end())));
        stream.on('error', (error: ServiceError) => queue.later(() => end(() => near.emit('error', passedOn(error)))));
      };
      near.once('cancelled', () => end(() => undefined));
      if (fate.heldUntil) void fate.heldUntil.then(deliver);
      else deliver();
      if (fate.againAfterMs !== undefined) {
        const second = far();
        second.on('error', () => undefined);
        setTimeout(() => second.cancel(), fate.againAfterMs);
      }
    };
  }
}

/** Lets things happen later, in order, however the delay changes meanwhile. */
class LateQueue {
  readonly #lagMs: () => number;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(lagMs: () => number) {
    this.#lagMs = lagMs;
  }

  later(happen: () => unknown): void {
    const lagMs = this.#lagMs();
    if (lagMs === 0 && this.#waiting === 0) {
      happen();
      return;
    }
    this.#waiting += 1;
    const due = new Promise((resolve) => setTimeout(resolve, lagMs));
    this.#last = Promise.all([this.#last, due]).then(() => {
      this.#waiting -= 1;
      happen();
    });
  }
}

/** What belongs to one connection, and not to the call. */
function withoutTransport(from: Metadata): Metadata {
  const metadata = from.clone();
  for (const key of ['user-agent', 'content-type', 'te', 'date', 'grpc-accept-encoding', 'grpc-encoding'])
    metadata.remove(key);
  return metadata;
}

function passedOn({ code, details, metadata }: ServiceError): Partial<ServiceError> {
  return { code, details, metadata: withoutTransport(metadata ?? new Metadata()) };
}

function broken(): Partial<ServiceError> {
  return { code: status.UNAVAILABLE, details: 'the connection was reset' };
}
