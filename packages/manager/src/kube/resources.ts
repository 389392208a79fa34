import { kinds, type KindName } from '@virtrigaud/api-types';
import type { KubeObject, ResourceDescriptor } from '@virtrigaud/kube-runtime';

/** An object as the API server sent it, not yet checked. */
export interface RawObject extends KubeObject {
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** A Secret, with the values in base64. */
export interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>> | undefined;
}

/** Where a kind of ours is. Objects are not checked here, so that one bad object hides no other. */
export function descriptorOf(kind: KindName): ResourceDescriptor<RawObject> {
  const { group, version, plural, namespaced } = kinds[kind];
  return { group, version, plural, kind, namespaced };
}

export const namespaceResource: ResourceDescriptor<KubeObject> = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
export const secretResource: ResourceDescriptor<Secret> = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
};
