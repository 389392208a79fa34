import { isObject } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';
import { metadataOf } from '../kube-object.ts';
import type { KindRules } from './resource-definition.ts';

/** The label by which selectors of namespaces find one by name. */
const nameLabel = 'kubernetes.io/metadata.name';

/** What namespaces do beyond their schema. */
export const namespaceRules: KindRules = {
  prepare: (object, before) => ({
    ...object,
    metadata: withNameLabel(metadataOf(object)),
    spec: before?.['spec'] ?? { finalizers: ['kubernetes'] },
    status:
      isObject(object['status']) && Object.keys(object['status']).length > 0 ? object['status'] : { phase: 'Active' },
  }),
  checkName: (name) =>
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) && name.length <= 63
      ? undefined
      : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?'), and be at most 63 long",
  selectableFields: ['status.phase'],
};

function withNameLabel(metadata: JsonObject): JsonObject {
  const labels = isObject(metadata['labels']) ? metadata['labels'] : {};
  return { ...metadata, labels: { ...labels, [nameLabel]: metadata['name'] } };
}
