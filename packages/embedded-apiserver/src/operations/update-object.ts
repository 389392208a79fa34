import { deepEqual } from '../json-value.ts';
import type { Json, JsonObject } from '../json-value.ts';
import { metadataOf, textOf } from '../kube-object.ts';
import type { KubeObject } from '../kube-object.ts';
import { storageName } from '../registry/resource-definition.ts';
import { badRequest, conflict, invalid, notFound } from '../status/refusals.ts';
import { keyText, storedObject } from '../storage/stored-object.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import type { Transaction } from '../storage/transaction.ts';
import type { Api, Target, WriteOptions } from './api.ts';
import { clientMeta } from './client-meta.ts';
import type { Body } from './create-object.ts';
import { requireSameNamespace } from './create-object.ts';
import { decodeObject, enforceStrictness, strictProblems, undecodable, unpatchable } from './decode-object.ts';
import { endNamespace, endNamespaceOf } from './delete-object.ts';
import { jsonPatch } from './json-patch.ts';
import type { JsonPatchOperation } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { rehearse } from './rehearse.ts';
import { presentObject } from './present-object.ts';
import { validateObject } from './validate-object.ts';

/** How an object is to change: replaced, or patched (RFC 7396, RFC 6902). */
export type Change =
  | { readonly kind: 'replace' | 'merge'; readonly body: Body }
  | { readonly kind: 'json'; readonly operations: readonly JsonPatchOperation[] };

/** What is to change of an object: all but its status, or only that. */
export interface Update {
  readonly change: Change;
  readonly part: 'main' | 'status';
  readonly options: WriteOptions;
}

/**
 * Changes an object. A change that changes nothing is no write: the resourceVersion stays. An object that is being
 * deleted goes with its last finalizer.
 *
 * @throws {@link StatusError} `NotFound`, `Conflict`, `Invalid`, `BadRequest`
 */
export function updateObject(api: Api, target: Target, update: Update): Promise<StoredObject> {
  return api.store.write((transaction) =>
    rehearse(transaction, update.options, () => updateNow(api, transaction, { target, update })),
  );
}

function updateNow(
  api: Api,
  transaction: Transaction,
  request: { readonly target: Target; readonly update: Update },
): StoredObject {
  const { target, update } = request;
  const resource = storageName(target.definition);
  const stored = transaction.get(resource, keyText(target));
  if (!stored) throw notFound(target.definition, target.name);
  const before = presentObject(stored.object, target);
  const wanted = wantedObject(before, target, update);
  checkIdentity(wanted, before, { target, update });
  const after = combine(wanted, before, { target, update });
  if (deepEqual(after, before)) return stored;
  validateObject(after, target, before);
  const { deletionTimestamp, finalizers = [] } = after.metadata;
  const isLast = deletionTimestamp !== undefined && finalizers.length === 0;
  if (isLast && isNamespace(target)) {
    return endNamespace(api, transaction, transaction.put(resource, keyText(target), after));
  }
  if (!isLast) {
    const written = transaction.put(resource, keyText(target), after);
    return update.options.dryRun === 'All' ? storedObject(after, stored.revision) : written;
  }
  transaction.remove(resource, keyText(target), before);
  endNamespaceOf(api, transaction, target);
  // Kubernetes answers with what would have been written, under the version of before: only watches hear the new one.
  return storedObject(after, stored.revision);
}

function wantedObject(before: KubeObject, target: Target, { change, options }: Update): JsonObject {
  switch (change.kind) {
    case 'replace': {
      const decoded = decodeObject(change.body.object, target);
      const problems = strictProblems(decoded.unknown, change.body.duplicates);
      enforceStrictness(problems, options, (why) => undecodable(target, why));
      return decoded.object;
    }
    case 'merge': {
      const merged = mergePatch(before, change.body.object);
      return patched(merged, before, { target, duplicates: change.body.duplicates, options });
    }
    case 'json':
      return patched(jsonPatch(before, change.operations), before, { target, duplicates: [], options });
  }
}

function patched(
  result: JsonObject,
  before: KubeObject,
  how: { readonly target: Target; readonly duplicates: readonly string[]; readonly options: WriteOptions },
): JsonObject {
  const { target, duplicates, options } = how;
  const decoded = decodeObject(result, target, before);
  enforceStrictness(strictProblems(decoded.unknown, duplicates), options, (why) => unpatchable(result, why));
  return decoded.object;
}

function checkIdentity(
  wanted: JsonObject,
  before: KubeObject,
  { target, update }: { readonly target: Target; readonly update: Update },
): void {
  const metadata = metadataOf(wanted);
  const { definition, name } = target;
  if (metadata['name'] !== name) {
    const said = textOf(metadata['name']) ?? '';
    throw badRequest(`the name of the object (${said}) does not match the name on the URL (${name})`);
  }
  requireSameNamespace(metadata, target);
  const uid = textOf(metadata['uid']) ?? '';
  if (uid !== '' && uid !== before.metadata.uid) {
    // Kubernetes takes the uid of a replacement as a precondition, and that of a patch as a change.
    if (update.change.kind !== 'replace') throw invalid(definition, name, [immutable('metadata.uid', uid)]);
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${before.metadata.uid}`;
    throw conflict(definition, name, why);
  }
  const version = textOf(metadata['resourceVersion']) ?? '';
  if (version === '' && update.change.kind === 'replace' && !definition.allowsUnconditionalUpdate) {
    const detail = 'must be specified for an update';
    throw invalid(definition, name, [{ kind: 'invalid', path: 'metadata.resourceVersion', value: 0, detail }]);
  }
  if (version !== '' && version !== before.metadata.resourceVersion) {
    const why = 'the object has been modified; please apply your changes to the latest version and try again';
    throw conflict(definition, name, why);
  }
}

/** The parts of the new object that this write may change, and all others of the old one. */
function combine(
  wanted: JsonObject,
  before: KubeObject,
  { target, update }: { readonly target: Target; readonly update: Update },
): KubeObject {
  const { definition, version } = target;
  if (update.part === 'status') return withMember(before, 'status', wanted['status']);
  const kept = version.hasStatus ? withMember(wanted, 'status', before['status']) : wanted;
  const prepared = definition.rules.prepare?.(kept, before) ?? kept;
  const isChanged = !deepEqual(withoutMetadata(prepared), withoutMetadata(before));
  const said = clientMeta(metadataOf(prepared));
  checkFinalizers(said, before, target);
  const { labels: _l, annotations: _a, finalizers: _f, ownerReferences: _o, ...own } = before.metadata;
  const { generation } = before.metadata;
  return {
    ...(prepared as KubeObject),
    metadata: {
      ...own,
      ...said,
      ...(generation !== undefined && { generation: isChanged ? generation + 1 : generation }),
    },
  };
}

function checkFinalizers(said: JsonObject, before: KubeObject, target: Target): void {
  if (before.metadata.deletionTimestamp === undefined) return;
  const old = new Set(before.metadata.finalizers);
  const added = ((said['finalizers'] ?? []) as readonly string[]).filter((name) => !old.has(name));
  if (added.length === 0) return;
  const list = added.map((name) => JSON.stringify(name)).join(', ');
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
  throw invalid(target.definition, target.name, [{ kind: 'forbidden', path: 'metadata.finalizers', detail }]);
}

function withMember<T extends JsonObject>(object: T, name: string, value: Json | undefined): T {
  const { [name]: _old, ...rest } = object;
  return (value === undefined ? rest : { ...rest, [name]: value }) as T;
}

function withoutMetadata(object: JsonObject): JsonObject {
  return withMember(object, 'metadata', undefined);
}

const immutable = (path: string, value: string) => ({
  kind: 'invalid' as const,
  path,
  value,
  detail: 'field is immutable',
});

const isNamespace = (target: Target): boolean => storageName(target.definition) === 'namespaces';
