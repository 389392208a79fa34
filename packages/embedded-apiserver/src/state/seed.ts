import type { Api } from '../operations/api.ts';
import { createObject } from '../operations/create-object.ts';

/** Makes the namespaces that every cluster has. The uid of `kube-system` is the id of the cluster. */
export async function seedNamespaces(api: Api): Promise<void> {
  const served = api.registry.find('', 'v1', 'namespaces');
  if (!served) throw new Error('namespaces are a built-in kind');
  const missing = ['default', 'kube-system'].filter((name) => !api.store.table('namespaces').get(name));
  await Promise.all(
    missing.map((name) =>
      createObject(
        api,
        { ...served, namespace: '', name: '' },
        {
          body: {
            object: { metadata: { name } },
            duplicates: [],
          },
          options: { dryRun: 'None', fieldValidation: 'Strict', warn: () => {} },
        },
      ),
    ),
  );
}
