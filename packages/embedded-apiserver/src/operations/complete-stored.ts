import type { KubeObject } from '../kube-object.ts';
import { storageName } from '../registry/resource-definition.ts';
import type { Registry } from '../registry/registry.ts';
import { applyDefaults } from '../schema/apply-defaults.ts';
import { prune } from '../schema/prune.ts';

/** An object from the disk as the schema of now has it: CRDs may have changed since it was written. */
export function completeStored(registry: Registry, resource: string, object: KubeObject): KubeObject {
  const definition = registry.definitions.find((each) => storageName(each) === resource);
  const version = definition?.versions.find((each) => each.name === definition.storageVersion);
  if (!version || definition?.isBuiltIn) return object;
  return applyDefaults(prune(object, version.schema).object, version.schema) as KubeObject;
}
