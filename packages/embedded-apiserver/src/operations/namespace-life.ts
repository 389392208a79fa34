import { member } from '../json-value.ts';
import type { KubeObject } from '../kube-object.ts';
import { storageName } from '../registry/resource-definition.ts';
import { forbidden, notFound } from '../status/refusals.ts';
import { StatusError } from '../status/status-error.ts';
import type { Transaction } from '../storage/transaction.ts';
import type { Api, Target } from './api.ts';

/** Where namespaces are kept. */
export const namespaces = 'namespaces';

const names = { group: '', plural: namespaces, kind: 'Namespace' };
const permanent = ['default', 'kube-system'];

/**
 * Lets an object be made in a namespace that is there and stays.
 *
 * @throws {@link StatusError} `NotFound`, `Forbidden`
 */
export function requireNamespace(transaction: Transaction, target: Target): void {
  if (!target.definition.namespaced) return;
  const namespace = transaction.get(namespaces, target.namespace)?.object;
  if (!namespace) throw notFound(names, target.namespace);
  if (namespace.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${target.namespace} because it is being terminated`;
  const refusal = forbidden(target.definition, target.name, why);
  throw new StatusError('Forbidden', refusal.message, {
    details: {
      ...refusal.details,
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${target.namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    },
  });
}

/** @throws {@link StatusError} `Forbidden` for the namespaces that every cluster has */
export function requireDeletable(target: Target): void {
  if (storageName(target.definition) === namespaces && permanent.includes(target.name)) {
    throw forbidden(names, target.name, 'this namespace may not be deleted');
  }
}

/** How a namespace looks once its end began. */
export function terminating(namespace: KubeObject): KubeObject {
  const status = member(namespace, 'status');
  return { ...namespace, status: { ...(status as object), phase: 'Terminating' } };
}

/** What a namespace still holds. */
export function contentOf(
  api: Api,
  transaction: Transaction,
  namespace: string,
): readonly { readonly target: Target; readonly object: KubeObject }[] {
  return api.registry.definitions
    .filter((definition) => definition.namespaced)
    .flatMap((definition) =>
      transaction.withPrefix(storageName(definition), `${namespace}/`).map(([, stored]) => ({
        target: { definition, version: definition.versions[0]!, namespace, name: stored.object.metadata.name },
        object: stored.object,
      })),
    );
}
