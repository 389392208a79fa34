import { randomUUID } from 'node:crypto';
import { isObject } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';
import { metadataOf, textOf } from '../kube-object.ts';
import type { KubeObject } from '../kube-object.ts';
import { storageName } from '../registry/resource-definition.ts';
import { keyText, storedObject } from '../storage/stored-object.ts';
import type { StoredObject } from '../storage/stored-object.ts';
import type { Transaction } from '../storage/transaction.ts';
import { alreadyExists, badRequest, invalid } from '../status/refusals.ts';
import { timestamp } from './api.ts';
import type { Api, Target, WriteOptions } from './api.ts';
import { clientMeta } from './client-meta.ts';
import { decodeObject, enforceStrictness, strictProblems, undecodable } from './decode-object.ts';
import { requireNamespace } from './namespace-life.ts';
import { rehearse } from './rehearse.ts';
import { validateObject } from './validate-object.ts';

/** The body of a write. */
export interface Body {
  readonly object: JsonObject;
  /** Paths that the text names twice. */
  readonly duplicates: readonly string[];
}

/** Without vowels, so that no words come out; what Kubernetes uses, too. */
const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
const longestPrefix = 63 - suffixLength;
const nameAttempts = 8;

/**
 * Creates an object, named by itself or by its `generateName`.
 *
 * @param target - its `name` is '' : the object says it
 * @throws {@link StatusError} `AlreadyExists`, `Invalid`, `BadRequest`, `NotFound` (the namespace), `Forbidden` (it ends)
 */
export function createObject(
  api: Api,
  target: Target,
  request: { readonly body: Body; readonly options: WriteOptions },
): Promise<StoredObject> {
  const { body, options } = request;
  const decoded = decodeObject(body.object, target);
  enforceStrictness(strictProblems(decoded.unknown, body.duplicates), options, (why) => undecodable(target, why));
  const metadata = metadataOf(decoded.object);
  requireSameNamespace(metadata, target);
  if (present(metadata['resourceVersion'])) {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  return api.store.write((transaction) =>
    rehearse(transaction, options, () => {
      const name = chooseName(transaction, target, metadata);
      const named = { ...target, name };
      requireNamespace(transaction, named);
      const object = newObject(api, named, decoded.object);
      validateObject(object, named);
      const key = keyText(named);
      const resource = storageName(target.definition);
      if (transaction.get(resource, key)) throw alreadyExists(target.definition, name);
      const written = transaction.put(resource, key, object);
      return options.dryRun === 'All' ? neverWritten(written) : written;
    }),
  );
}

/** What was only rehearsed has no resourceVersion. */
function neverWritten({ object, revision }: StoredObject): StoredObject {
  const { resourceVersion: _none, ...metadata } = object.metadata;
  return storedObject({ ...object, metadata: metadata as KubeObject['metadata'] }, revision);
}

function newObject(api: Api, target: Target, decoded: JsonObject): KubeObject {
  const { definition, version, namespace, name } = target;
  const metadata = metadataOf(decoded);
  const { status: _status, ...withoutStatus } = decoded;
  const prepared = version.hasStatus ? withoutStatus : decoded;
  const generateName = textOf(metadata['generateName']);
  const object: KubeObject = {
    ...(prepared as KubeObject),
    metadata: {
      name,
      ...(generateName !== undefined && generateName !== '' && { generateName }),
      ...(namespace !== '' && { namespace }),
      uid: randomUUID(),
      resourceVersion: '',
      ...(definition.hasGeneration && { generation: 1 }),
      creationTimestamp: timestamp(api.now()),
      ...clientMeta(metadata),
    },
  };
  return (definition.rules.prepare?.(object, undefined) as KubeObject | undefined) ?? object;
}

function chooseName(transaction: Transaction, target: Target, metadata: JsonObject): string {
  const said = metadata['name'];
  if (present(said)) {
    if (typeof said !== 'string') throw undecodable(target, 'metadata.name must be a string');
    return said;
  }
  const prefix = metadata['generateName'];
  if (typeof prefix !== 'string' || prefix === '') {
    const detail = 'name or generateName is required';
    throw invalid(target.definition, '', [{ kind: 'required', path: 'metadata.name', detail }]);
  }
  for (let attempt = 0; attempt < nameAttempts; attempt += 1) {
    const name = `${prefix.slice(0, longestPrefix)}${randomSuffix()}`;
    if (!transaction.get(storageName(target.definition), keyText({ ...target, name }))) return name;
  }
  throw alreadyExists(target.definition, prefix);
}

function randomSuffix(): string {
  const bytes = randomUUID().replaceAll('-', '');
  return Array.from({ length: suffixLength }, (_, index) => {
    const value = Number.parseInt(bytes.slice(index * 4, index * 4 + 4), 16);
    return suffixAlphabet[value % suffixAlphabet.length];
  }).join('');
}

/** @throws {@link StatusError} `BadRequest` when the object says another namespace than the address */
export function requireSameNamespace(metadata: JsonObject, target: Target): void {
  const said = metadata['namespace'];
  if (!present(said) || said === target.namespace) return;
  throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

const present = (value: unknown): boolean => value !== undefined && value !== null && value !== '' && !isObject(value);
