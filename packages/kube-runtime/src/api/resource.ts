import type { Transport } from '../transport/transport.ts';
import type { KubeObject } from './kube-object.ts';
import type { ResourceClient, ResourceDescriptor } from './resource-client.ts';

/** A client for one resource. Cheap; holds nothing but its arguments. */
export function resource<T extends KubeObject>(
  _transport: Transport,
  _descriptor: ResourceDescriptor<T>,
): ResourceClient<T> {
  throw new Error('not built yet');
}
