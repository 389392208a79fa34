import {
  Metadata,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { once } from 'node:events';
import { toStatus } from '../errors/status-details.ts';
import { Code } from '../errors/reason.ts';
import { HealthService } from '../gen/grpc/health/v1/health.ts';
import { ProviderService } from '../gen/virtrigaud/provider/v1/provider.ts';
import type { MethodDefinition, RequestOf, ResponseOf } from '../service-types.ts';
import { ServerCall } from './server-call.ts';

/** A service's handlers as async functions and generators. Throw a ContractError to answer with its code and reason. */
export type Handlers<Service extends Readonly<Record<string, MethodDefinition>>> = {
  readonly [M in keyof Service]: Service[M]['responseStream'] extends true
    ? (request: RequestOf<Service[M]>, call: ServerCall) => AsyncIterable<ResponseOf<Service[M]>>
    : (request: RequestOf<Service[M]>, call: ServerCall) => Promise<ResponseOf<Service[M]>>;
};

export type ProviderHandlers = Handlers<typeof ProviderService>;
export type HealthHandlers = Handlers<typeof HealthService>;

/** What the server tells its host of each call, and what it adds to each response. */
export interface ServerHooks {
  /** Response metadata, such as `virtrigaud-instance`. */
  readonly responseMetadata?: Readonly<Record<string, string>> | undefined;
  /** Wraps the whole of a call: the place for a log context. Must call `run` exactly once and return what it returns. */
  readonly around?: (<T>(call: ServerCall, run: () => T) => T) | undefined;
  readonly finished?: ((method: string, code: Code, seconds: number) => void) | undefined;
}

/** What services can be added to. */
export type ServiceHost = Pick<Server, 'addService'>;

/** Adds the 21 calls of the contract to a server. */
export function registerProviderService(
  server: ServiceHost,
  handlers: ProviderHandlers,
  hooks: ServerHooks = {},
): void {
  register(server, ProviderService, handlers, hooks);
}

/** Adds grpc.health.v1 to a server. */
export function registerHealthService(server: ServiceHost, handlers: HealthHandlers, hooks: ServerHooks = {}): void {
  register(server, HealthService, handlers, hooks);
}

type AnyHandler = (request: unknown, call: ServerCall) => Promise<unknown> | AsyncIterable<unknown>;

function register<Service extends Readonly<Record<string, MethodDefinition>>>(
  server: ServiceHost,
  service: Service,
  handlers: Handlers<Service>,
  hooks: ServerHooks,
): void {
  const implementation: UntypedServiceImplementation = {};
  for (const [name, definition] of Object.entries(service)) {
    const handler = handlers[name as keyof Service] as AnyHandler;
    implementation[name] = definition.responseStream ? streamHandler(handler, hooks) : unaryHandler(handler, hooks);
  }
  server.addService(service as never, implementation);
}

function unaryHandler(handler: AnyHandler, hooks: ServerHooks): handleUnaryCall<unknown, unknown> {
  return (grpcCall: ServerUnaryCall<unknown, unknown>, callback) => {
    const startedAt = performance.now();
    const call = new ServerCall(grpcCall);
    const finish = (code: Code) => hooks.finished?.(call.method, code, (performance.now() - startedAt) / 1000);
    sendMetadata(grpcCall, hooks);
    const answer = async () => await handler(grpcCall.request, call);
    around(hooks, call, answer).then(
      (value) => {
        finish(Code.OK);
        callback(null, value);
      },
      (error: unknown) => {
        const status = toStatus(error);
        finish(status.code);
        callback(status);
      },
    );
  };
}

function streamHandler(handler: AnyHandler, hooks: ServerHooks): handleServerStreamingCall<unknown, unknown> {
  return (grpcCall: ServerWritableStream<unknown, unknown>) => {
    const startedAt = performance.now();
    const call = new ServerCall(grpcCall);
    const finish = (code: Code) => hooks.finished?.(call.method, code, (performance.now() - startedAt) / 1000);
    sendMetadata(grpcCall, hooks);
    const pump = () => pumpStream(handler(grpcCall.request, call) as AsyncIterable<unknown>, grpcCall, call.signal);
    around(hooks, call, pump).then(
      () => {
        finish(grpcCall.cancelled ? Code.CANCELLED : Code.OK);
        grpcCall.end();
      },
      (error: unknown) => {
        const status = toStatus(error);
        finish(status.code);
        grpcCall.emit('error', status);
      },
    );
  };
}

/** Writes what the handler yields, no faster than the caller reads; a caller that leaves ends the handler's generator. */
async function pumpStream(
  messages: AsyncIterable<unknown>,
  grpcCall: ServerWritableStream<unknown, unknown>,
  signal: AbortSignal,
): Promise<void> {
  const iterator = messages[Symbol.asyncIterator]();
  for (;;) {
    const next = await untilAborted(iterator.next(), signal);
    if (next === CALLER_LEFT) {
      // Not awaited: a generator that waits inside `next` answers `return` only after that wait, which its own signal ends.
      // What it throws then has nobody left to be told to.
      iterator.return?.().catch(() => undefined);
      return;
    }
    if (next.done) return;
    if (!grpcCall.write(next.value)) await untilAborted(once(grpcCall, 'drain'), signal);
  }
}

const CALLER_LEFT = Symbol('the caller left');

/** Like Promise.race, but leaves no listener behind: a watch lives for days and waits once a message. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | typeof CALLER_LEFT> {
  if (signal.aborted) return Promise.resolve(CALLER_LEFT);
  return new Promise((resolve, reject) => {
    const leave = () => {
      resolve(CALLER_LEFT);
    };
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', leave);
    });
  });
}

async function around<T>(hooks: ServerHooks, call: ServerCall, run: () => Promise<T>): Promise<T> {
  return hooks.around ? await hooks.around(call, run) : await run();
}

function sendMetadata(
  call: ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>,
  hooks: ServerHooks,
): void {
  if (!hooks.responseMetadata) return;
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(hooks.responseMetadata)) metadata.set(key, value);
  call.sendMetadata(metadata);
}
