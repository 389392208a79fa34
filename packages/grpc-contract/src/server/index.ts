/**
 * The provider's door: handlers as async functions and generators, the messages, and the error that they throw.
 *
 * @packageDocumentation
 */
export * from '../messages.ts';
export * from '../both-doors.ts';
export { registerHealthService, registerProviderService } from './register.ts';
export type { Handlers, HealthHandlers, ProviderHandlers, ServerHooks } from './register.ts';
export { ServerCall } from './server-call.ts';
export type { PartialMessage, ProviderMethod } from '../service-types.ts';
