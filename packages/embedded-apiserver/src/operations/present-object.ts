import type { KubeObject } from '../kube-object.ts';
import { apiVersionOf } from '../registry/resource-definition.ts';
import type { Served } from '../registry/registry.ts';
import { applyDefaults } from '../schema/apply-defaults.ts';
import { prune } from '../schema/prune.ts';
import { bodyAs } from '../storage/stored-object.ts';
import type { StoredObject } from '../storage/stored-object.ts';

/** An object as a version of its kind. Conversion is `None`: only `apiVersion` and what schemas differ in changes. */
export function presentObject(object: KubeObject, { definition, version }: Served): KubeObject {
  const apiVersion = apiVersionOf(definition.group, version.name);
  if (!version.differsFromStorage) return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
  return { ...(applyDefaults(prune(object, version.schema).object, version.schema) as KubeObject), apiVersion };
}

/** The JSON of {@link presentObject}, mostly ready-made. */
export function presentBody(stored: StoredObject, served: Served): string {
  return served.version.differsFromStorage
    ? JSON.stringify(presentObject(stored.object, served))
    : bodyAs(stored, apiVersionOf(served.definition.group, served.version.name));
}
