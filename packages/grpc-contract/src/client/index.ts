/**
 * The manager's door: a client of promises and async iterables, the messages, and what a failure means.
 *
 * @packageDocumentation
 */
export * from '../messages.ts';
export * from '../both-doors.ts';
export type { CallOptions, StreamCallOptions, UnaryCallOptions } from './call.ts';
export type { ChannelCredentials } from '@grpc/grpc-js';
export { mutualTls } from './mutual-tls.ts';
export type { ClientIdentity, MutualTlsOptions } from './mutual-tls.ts';
export { createProviderClient } from './provider-client.ts';
export type { PromiseClient, ProviderClient, ProviderClientOptions } from './provider-client.ts';
export type { PartialMessage, ProviderMethod } from '../service-types.ts';
