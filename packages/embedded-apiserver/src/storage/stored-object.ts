import type { KubeObject } from '../kube-object.ts';

/** Where an object is: namespace ('' when it has none) and name. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

/** An object as of one revision. */
export interface StoredObject {
  readonly object: KubeObject;
  readonly revision: number;
  /** The JSON of the object without `apiVersion` and `kind`, from the comma on: every served version has the same. */
  readonly tail: string;
}

/** One object's change, as watches see it. */
export interface Change {
  readonly revision: number;
  readonly key: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** The object after the change; for DELETED what it was, with the revision of its deletion. */
  readonly after: StoredObject;
  readonly before: StoredObject | undefined;
}

/** One string for a key that sorts like Kubernetes' own. */
export function keyText(key: ObjectKey): string {
  return key.namespace === '' ? key.name : `${key.namespace}/${key.name}`;
}

/** Prepares an object for keeping. */
export function storedObject(object: KubeObject, revision: number): StoredObject {
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = object;
  return { object, revision, tail: `,${JSON.stringify(rest).slice(1)}` };
}

/** The JSON of an object. */
export function bodyOf(stored: StoredObject): string {
  return bodyAs(stored, stored.object.apiVersion);
}

/** The JSON of an object as another version of its kind that has the same schema. */
export function bodyAs(stored: StoredObject, apiVersion: string): string {
  return `{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(stored.object.kind)}${stored.tail}`;
}
