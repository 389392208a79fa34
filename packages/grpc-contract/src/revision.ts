/** The revision of the contract that this package speaks; GetProviderInfo answers the range that a provider speaks. */
export const CONTRACT_REVISION = 1;

/** Metadata keys of the contract, on requests (`contract`, `correlationId`, `traceparent`) and responses (`instance`). */
export const MetadataKey = {
  contract: 'virtrigaud-contract',
  correlationId: 'x-correlation-id',
  traceparent: 'traceparent',
  instance: 'virtrigaud-instance',
} as const;

/** Names under which a provider reports its health by grpc.health.v1. The empty name is the whole process. */
export const HealthName = { process: '', provider: 'virtrigaud.provider.v1.Provider' } as const;
