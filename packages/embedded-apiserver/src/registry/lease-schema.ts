import type { JsonObject } from '../json-value.ts';

const time: JsonObject = { type: 'string', format: 'date-time' };

/** The fields of coordination.k8s.io/v1 Lease. */
export const leaseSchema: JsonObject = {
  spec: {
    type: 'object',
    properties: {
      holderIdentity: { type: 'string' },
      leaseDurationSeconds: { type: 'integer', format: 'int32', minimum: 1 },
      leaseTransitions: { type: 'integer', format: 'int32', minimum: 0 },
      acquireTime: { ...time, nullable: true },
      renewTime: { ...time, nullable: true },
      strategy: { type: 'string' },
      preferredHolder: { type: 'string' },
    },
  },
};
