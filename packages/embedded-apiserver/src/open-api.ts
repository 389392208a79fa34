import { OpenApi } from './http/openapi.ts';
import type { Api } from './operations/api.ts';
import { timestamp } from './operations/api.ts';
import { completeStored } from './operations/complete-stored.ts';
import { builtInKinds } from './registry/built-in-kinds.ts';
import { shownCrd } from './registry/custom-resource-definitions.ts';
import type { CustomResource } from './registry/parse-crd.ts';
import { Registry } from './registry/registry.ts';
import { seedNamespaces } from './state/seed.ts';
import { ObjectStore } from './storage/object-store.ts';
import type { DatabaseSource } from './storage/open-database.ts';
import { storedObject } from './storage/stored-object.ts';

/** What a server serves, whatever the state it holds. Made once, since it is much work. */
export interface Kinds {
  readonly crds: readonly CustomResource[];
  readonly registry: Registry;
  readonly openApi: OpenApi;
}

/** Prepares the built-in kinds and those of the CRDs. */
export function kindsOf(crds: readonly CustomResource[]): Kinds {
  const registry = new Registry([...builtInKinds(), ...crds.map(({ definition }) => definition)]);
  return { crds, registry, openApi: new OpenApi(registry) };
}

/** Opens the objects of a database, and makes what every cluster has. @throws {@link ApiServerError} */
export async function openApi(
  database: DatabaseSource,
  kinds: Kinds,
  { historyLength, now }: { readonly historyLength: number; readonly now: () => number },
): Promise<Api> {
  const { registry, crds } = kinds;
  const store = new ObjectStore(database, {
    historyLength,
    complete: (resource, object) => completeStored(registry, resource, object),
  });
  try {
    const api: Api = { store, registry, now };
    await seedNamespaces(api);
    showCrds(api, crds);
    return api;
  } catch (error) {
    store.close();
    throw error;
  }
}

/** CRDs are not stored, since each start is given its own; clients read them as if they were. */
function showCrds(api: Api, crds: readonly CustomResource[]): void {
  const table = api.store.table('customresourcedefinitions.apiextensions.k8s.io');
  const time = api.store.table('namespaces').get('kube-system')?.object.metadata.creationTimestamp;
  for (const crd of crds) {
    const object = shownCrd(crd, { revision: api.store.revision, time: time ?? timestamp(api.now()) });
    table.load(object.metadata.name, storedObject(object, api.store.revision));
  }
}
