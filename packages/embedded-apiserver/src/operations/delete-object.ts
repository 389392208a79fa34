import { isList, isObject } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';
import { textOf } from '../kube-object.ts';
import type { KubeObject } from '../kube-object.ts';
import { storageName } from '../registry/resource-definition.ts';
import { badRequest, conflict, notFound } from '../status/refusals.ts';
import { keyText } from '../storage/stored-object.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import type { Transaction } from '../storage/transaction.ts';
import { timestamp } from './api.ts';
import type { Api, Target, WriteOptions } from './api.ts';
import { contentOf, namespaces, requireDeletable, terminating } from './namespace-life.ts';
import { rehearse } from './rehearse.ts';

/** What clients may ask of a deletion. */
export interface DeleteOptions {
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly propagation: 'Background' | 'Foreground' | 'Orphan';
  readonly dryRun: WriteOptions['dryRun'];
}

/** What became of an object: gone, or waiting for its finalizers. */
export interface Deletion {
  readonly outcome: 'gone' | 'waiting';
  readonly stored: StoredObject;
}

/**
 * Reads DeleteOptions.
 *
 * @throws {@link StatusError} `BadRequest`
 */
export function parseDeleteOptions(body: JsonObject, query: URLSearchParams): DeleteOptions {
  const preconditions = isObject(body['preconditions']) ? body['preconditions'] : {};
  const fallback = body['orphanDependents'] === true ? 'Orphan' : 'Background';
  const propagation = textOf(body['propagationPolicy']) ?? query.get('propagationPolicy') ?? fallback;
  if (propagation !== 'Background' && propagation !== 'Foreground' && propagation !== 'Orphan') {
    throw badRequest(
      `propagationPolicy: Unsupported value: "${propagation}": supported values: "Background", "Foreground", "Orphan"`,
    );
  }
  const dryRun = Array.isArray(body['dryRun']) ? body['dryRun'].includes('All') : query.get('dryRun') === 'All';
  return {
    uid: textOf(preconditions['uid']),
    resourceVersion: textOf(preconditions['resourceVersion']),
    propagation,
    dryRun: dryRun ? 'All' : 'None',
  };
}

/**
 * Deletes an object, or marks it deleted while it has finalizers. Deleting it again changes nothing.
 *
 * @throws {@link StatusError} `NotFound`, `Conflict` (a precondition), `Forbidden` (namespaces that stay)
 */
export function deleteObject(api: Api, target: Target, options: DeleteOptions): Promise<Deletion> {
  requireDeletable(target);
  return api.store.write((transaction) =>
    rehearse(transaction, options, () => {
      const deletion = deleteNow(api, transaction, { target, options });
      endNamespaceOf(api, transaction, target);
      return deletion;
    }),
  );
}

/** {@link deleteObject} as part of a larger write, which then calls {@link endNamespaceOf}. */
export function deleteNow(
  api: Api,
  transaction: Transaction,
  request: { readonly target: Target; readonly options: DeleteOptions },
): Deletion {
  const { target, options } = request;
  const stored = transaction.get(storageName(target.definition), keyText(target));
  if (!stored) throw notFound(target.definition, target.name);
  checkPreconditions(stored.object, target, options);
  if (options.propagation !== 'Background') requireNoDependents(api, transaction, { target, stored, options });
  if (storageName(target.definition) === namespaces) return deleteNamespace(api, transaction, { target, stored });
  if ((stored.object.metadata.finalizers ?? []).length === 0) {
    return {
      outcome: 'gone',
      stored: transaction.remove(storageName(target.definition), keyText(target), stored.object),
    };
  }
  if (stored.object.metadata.deletionTimestamp !== undefined) return { outcome: 'waiting', stored };
  return { outcome: 'waiting', stored: markDeleted(api, transaction, { target, object: stored.object }) };
}

/** There is no garbage collector here: where nothing is owned by the object, all policies mean the same. */
function requireNoDependents(
  api: Api,
  transaction: Transaction,
  request: { readonly target: Target; readonly stored: StoredObject; readonly options: DeleteOptions },
): void {
  const { target, stored, options } = request;
  const { uid } = stored.object.metadata;
  const isOwned = ({ object }: StoredObject) => {
    const owners = object.metadata['ownerReferences'];
    return isList(owners) && owners.some((owner) => isObject(owner) && owner['uid'] === uid);
  };
  for (const definition of api.registry.definitions) {
    const found = transaction.withPrefix(storageName(definition), '').find(([, each]) => isOwned(each));
    if (!found) continue;
    throw badRequest(
      `propagationPolicy ${options.propagation} of ${target.definition.plural} "${target.name}" needs a garbage collector for ${definition.plural} "${found[0]}", which it owns and which this server does not have: use Background, and delete that yourself`,
    );
  }
}

/** Removes the namespace of an object that went, if it is being deleted and this was the last in it. */
export function endNamespaceOf(api: Api, transaction: Transaction, target: Target): void {
  const namespace = transaction.get(namespaces, target.namespace);
  if (namespace?.object.metadata.deletionTimestamp !== undefined) endNamespace(api, transaction, namespace);
}

function deleteNamespace(
  api: Api,
  transaction: Transaction,
  request: { readonly target: Target; readonly stored: StoredObject },
): Deletion {
  const { target, stored } = request;
  const options: DeleteOptions = {
    uid: undefined,
    resourceVersion: undefined,
    propagation: 'Background',
    dryRun: 'None',
  };
  const isFirst = stored.object.metadata.deletionTimestamp === undefined;
  const marked = isFirst ? markDeleted(api, transaction, { target, object: terminating(stored.object) }) : stored;
  for (const { target: inside } of contentOf(api, transaction, target.name)) {
    deleteNow(api, transaction, { target: inside, options });
  }
  endNamespace(api, transaction, marked);
  // Kubernetes answers with the namespace that ends, even when it is soon gone.
  return { outcome: 'waiting', stored: marked };
}

/** Removes a namespace that is being deleted if nothing holds it any more. Returns how it looked. */
export function endNamespace(api: Api, transaction: Transaction, stored: StoredObject): StoredObject {
  const { name, finalizers = [] } = stored.object.metadata;
  if (finalizers.length > 0 || contentOf(api, transaction, name).length > 0) return stored;
  return transaction.remove(namespaces, name, stored.object);
}

function markDeleted(
  api: Api,
  transaction: Transaction,
  request: { readonly target: Target; readonly object: KubeObject },
): StoredObject {
  const { target, object } = request;
  const { generation } = object.metadata;
  return transaction.put(storageName(target.definition), keyText(target), {
    ...object,
    metadata: {
      ...object.metadata,
      ...(generation !== undefined && { generation: generation + 1 }),
      deletionTimestamp: timestamp(api.now()),
      deletionGracePeriodSeconds: 0,
    },
  });
}

function checkPreconditions(object: KubeObject, target: Target, options: DeleteOptions): void {
  const { uid, resourceVersion } = object.metadata;
  if (options.uid !== undefined && options.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${uid}`;
    throw conflict(target.definition, target.name, why);
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${options.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`;
    throw conflict(target.definition, target.name, why);
  }
}
