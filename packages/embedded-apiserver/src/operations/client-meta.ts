import { isList, isObject } from '../json-value.ts';
import type { Json, JsonObject } from '../json-value.ts';
import type { ResourceDefinition } from '../registry/resource-definition.ts';
import { childPath, keyPath } from '../status/field-error.ts';
import type { FieldError } from '../status/field-error.ts';
import { badRequest } from '../status/refusals.ts';

/** The members of `metadata` that clients write. */
const written = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

/** Members that clients may send back, and that only the server changes. */
const served = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
];

const knownMembers = new Set<string>([...written, ...served]);
const ownerMembers = ['apiVersion', 'kind', 'name', 'uid', 'controller', 'blockOwnerDeletion'];

const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const annotationBytes = 256 * 1024;

const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelValueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const qualifiedNameText =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/** The members of `metadata` that nobody knows, with their paths. */
export function unknownMeta(metadata: JsonObject): readonly string[] {
  const owners = isList(metadata['ownerReferences']) ? metadata['ownerReferences'] : [];
  return [
    ...Object.keys(metadata)
      .filter((name) => metadata[name] !== undefined && !knownMembers.has(name))
      .map((name) => `metadata.${name}`),
    ...owners.flatMap((owner, index) =>
      Object.keys(isObject(owner) ? owner : {})
        .filter((name) => !ownerMembers.includes(name))
        .map((name) => `metadata.ownerReferences[${index}].${name}`),
    ),
  ];
}

/**
 * What a client may say in `metadata`: labels, annotations, finalizers and owners. Empty ones are left out.
 *
 * @throws {@link StatusError} `BadRequest` when a member has the wrong type
 */
export function clientMeta(metadata: JsonObject): JsonObject {
  for (const name of ['labels', 'annotations']) textMap(metadata[name], `metadata.${name}`);
  const { finalizers, ownerReferences } = metadata;
  if (present(finalizers) && !(isList(finalizers) && finalizers.every((item) => typeof item === 'string'))) {
    throw badRequest('metadata.finalizers must be a list of strings');
  }
  if (present(ownerReferences) && !(isList(ownerReferences) && ownerReferences.every(isObject))) {
    throw badRequest('metadata.ownerReferences must be a list of objects');
  }
  return Object.fromEntries(
    written.flatMap((name) => (isEmpty(metadata[name]) ? [] : [[name, metadata[name]] as const])),
  );
}

/** What is wrong with a name, by the rules of its kind. */
export function checkName(name: string, definition: ResourceDefinition): readonly FieldError[] {
  const why =
    definition.rules.checkName?.(name) ?? (dnsSubdomain.test(name) && name.length <= 253 ? undefined : subdomainText);
  return why === undefined ? [] : [{ kind: 'invalid', path: 'metadata.name', value: name, detail: why }];
}

/** What is wrong with labels, annotations, finalizers and owners of the right types. */
export function checkClientMeta(metadata: JsonObject): readonly FieldError[] {
  return [
    ...entriesOf(metadata['labels']).flatMap(([key, value]) => [
      ...checkQualified(key, 'metadata.labels'),
      ...(value === '' || (qualifiedName.test(value) && value.length <= 63)
        ? []
        : [invalid('metadata.labels', value, labelValueText)]),
    ]),
    ...checkAnnotations(entriesOf(metadata['annotations'])),
    ...(isList(metadata['finalizers']) ? metadata['finalizers'] : []).flatMap((finalizer) =>
      typeof finalizer === 'string' ? checkQualified(finalizer, 'metadata.finalizers') : [],
    ),
    ...(isList(metadata['ownerReferences']) ? metadata['ownerReferences'] : []).flatMap(checkOwner),
  ];
}

function checkAnnotations(entries: readonly (readonly [string, string])[]): readonly FieldError[] {
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  const path = 'metadata.annotations';
  return [
    ...entries.flatMap(([key]) => checkQualified(key.toLowerCase(), path)),
    ...(size > annotationBytes
      ? [{ kind: 'tooLong' as const, path, detail: `may not be more than ${annotationBytes} bytes` }]
      : []),
  ];
}

function checkOwner(owner: Json, index: number): readonly FieldError[] {
  if (!isObject(owner)) return [];
  return ['apiVersion', 'kind', 'name', 'uid'].flatMap((name): readonly FieldError[] => {
    const value = owner[name];
    if (typeof value === 'string' && value !== '') return [];
    return [
      { kind: 'required', path: childPath(`metadata.ownerReferences[${index}]`, name), detail: 'must not be empty' },
    ];
  });
}

function checkQualified(key: string, path: string): readonly FieldError[] {
  const [name = '', prefix, ...rest] = key.split('/').reverse();
  if (rest.length > 0 || !qualifiedName.test(name) || name.length > 63) return [invalid(path, key, qualifiedNameText)];
  if (prefix !== undefined && !(dnsSubdomain.test(prefix) && prefix.length <= 253)) {
    return [invalid(path, key, `prefix part ${subdomainText}`)];
  }
  return [];
}

function textMap(value: Json | undefined, path: string): void {
  if (!present(value)) return;
  if (!isObject(value)) throw badRequest(`${path} must be an object`);
  const wrong = Object.keys(value).find((key) => typeof value[key] !== 'string');
  if (wrong !== undefined) throw badRequest(`${keyPath(path, wrong)} must be a string`);
}

const present = (value: Json | undefined): value is Exclude<Json, null> => value !== undefined && value !== null;

function isEmpty(value: Json | undefined): boolean {
  return !present(value) || Object.keys(value).length === 0;
}

function entriesOf(value: Json | undefined): readonly (readonly [string, string])[] {
  return Object.entries(isObject(value) ? value : {}) as [string, string][];
}

function invalid(path: string, value: Json, detail: string): FieldError {
  return { kind: 'invalid', path, value, detail };
}
