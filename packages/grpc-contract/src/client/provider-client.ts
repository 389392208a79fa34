import { Client, credentials as grpcCredentials, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import { HealthService } from '../gen/grpc/health/v1/health.ts';
import { ProviderService } from '../gen/virtrigaud/provider/v1/provider.ts';
import type { MethodDefinition, PartialMessage, RequestOf, ResponseOf } from '../service-types.ts';
import { callStream, callUnary, type StreamCallOptions, type UnaryCallOptions } from './call.ts';
import { healthRequestCodecs, requestCodecs } from './request-codecs.ts';

/** A service's methods as promises and async iterables. */
export type PromiseClient<Service extends Readonly<Record<string, MethodDefinition>>> = {
  readonly [M in keyof Service]: Service[M]['responseStream'] extends true
    ? (
        request: PartialMessage<RequestOf<Service[M]>>,
        options?: StreamCallOptions,
      ) => AsyncIterable<ResponseOf<Service[M]>>
    : (request: PartialMessage<RequestOf<Service[M]>>, options: UnaryCallOptions) => Promise<ResponseOf<Service[M]>>;
};

/** The contract, seen from the manager. Every failure is a ContractError. */
export type ProviderClient = PromiseClient<typeof ProviderService> & {
  readonly health: PromiseClient<typeof HealthService>;
  /** Closes the channel; calls in flight end as CANCELLED. Idempotent. */
  close(): void;
};

/** Where the provider is, and how to speak to it. */
export interface ProviderClientOptions {
  /** `unix:/path/to/socket` or `host:port`. */
  readonly address: string;
  /** Plaintext when absent: right for a unix socket whose directory is private, and for nothing else. */
  readonly credentials?: ChannelCredentials | undefined;
  readonly channelOptions?: ChannelOptions | undefined;
  /** Carries the calls instead of a channel of its own: the port at which a simulation takes the place of sockets. */
  readonly wire?: Wire | undefined;
}

/** What calls are made on. */
export type Wire = Pick<Client, 'makeUnaryRequest' | 'makeServerStreamRequest' | 'close'>;

/** Opens a channel (lazily: nothing is dialled before the first call). */
export function createProviderClient(options: ProviderClientOptions): ProviderClient {
  const client =
    options.wire ??
    new Client(options.address, options.credentials ?? grpcCredentials.createInsecure(), options.channelOptions ?? {});
  return {
    ...bindService(client, ProviderService, requestCodecs),
    health: bindService(client, HealthService, healthRequestCodecs),
    close: () => {
      client.close();
    },
  };
}

function bindService<Service extends Readonly<Record<string, MethodDefinition>>>(
  client: Wire,
  service: Service,
  codecs: Readonly<Record<keyof Service, { fromPartial(request: never): unknown }>>,
): PromiseClient<Service> {
  const methods = Object.entries(service).map(([name, definition]) => {
    const codec = codecs[name];
    if (!codec) throw new Error(`method ${name} has no request codec`);
    const bound = { client, definition, encode: (request: never) => codec.fromPartial(request) };
    const method = definition.responseStream
      ? (request: unknown, options: StreamCallOptions = {}) => callStream(bound, request, options)
      : (request: unknown, options: UnaryCallOptions) => callUnary(bound, request, options);
    return [name, method] as const;
  });
  return Object.fromEntries(methods) as PromiseClient<Service>;
}
