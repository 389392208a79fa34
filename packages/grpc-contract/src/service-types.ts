import type { HealthService } from './gen/grpc/health/v1/health.ts';
import type { ProviderService } from './gen/virtrigaud/provider/v1/provider.ts';

/** What ts-proto knows of one method. */
export interface MethodDefinition {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (value: never) => Buffer;
  readonly requestDeserialize: (value: Buffer) => unknown;
  readonly responseSerialize: (value: never) => Buffer;
  readonly responseDeserialize: (value: Buffer) => unknown;
}

export type RequestOf<M extends MethodDefinition> = ReturnType<M['requestDeserialize']>;
export type ResponseOf<M extends MethodDefinition> = ReturnType<M['responseDeserialize']>;

/** The two services that a provider's port answers. */
export type ProviderServiceDefinition = typeof ProviderService;
export type HealthServiceDefinition = typeof HealthService;

/** The 21 calls of the contract, by their name in TypeScript. */
export type ProviderMethod = keyof ProviderServiceDefinition;

/** A message with any of its fields left out; what is left out has its proto3 default. */
export type PartialMessage<T> = T extends bigint | Date | Uint8Array | string | number | boolean | undefined
  ? T
  : T extends readonly (infer U)[]
    ? readonly PartialMessage<U>[]
    : T extends { $case: string; value: unknown }
      ? { $case: T['$case']; value: PartialMessage<T['value']> }
      : T extends object
        ? { [K in keyof T]?: PartialMessage<T[K]> | undefined }
        : T;
