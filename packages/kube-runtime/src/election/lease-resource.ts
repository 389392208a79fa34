import type { KubeObject } from '../api/kube-object.ts';
import type { ResourceDescriptor } from '../api/resource-client.ts';

/** The part of a Lease's spec that elections use. Times are RFC 3339 with microseconds. */
export interface LeaseSpec {
  readonly holderIdentity?: string | null | undefined;
  readonly leaseDurationSeconds?: number | null | undefined;
  readonly acquireTime?: string | null | undefined;
  readonly renewTime?: string | null | undefined;
  readonly leaseTransitions?: number | null | undefined;
}

/** coordination.k8s.io/v1 Lease. */
export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec | undefined;
}

/** Where Leases are. */
export const leaseResource: ResourceDescriptor<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};
