import type { KubeObject } from '../api/kube-object.ts';

/** The object without `metadata.managedFields`, which can be half of it and which nobody reads here. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (!('managedFields' in object.metadata)) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
