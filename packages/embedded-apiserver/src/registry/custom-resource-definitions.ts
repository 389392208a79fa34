import { createHash } from 'node:crypto';
import { isObject } from '../json-value.ts';
import type { Json, JsonObject } from '../json-value.ts';
import { metadataOf } from '../kube-object.ts';
import type { KubeObject } from '../kube-object.ts';
import type { CustomResource } from './parse-crd.ts';

/** CustomResourceDefinitions are shown, not written: what is inside was checked when they were loaded. */
export const customResourceDefinitionSchema: JsonObject = {
  spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
};

/** How a CRD that was given at start is shown to clients. Its uid stays the same from start to start. */
export function shownCrd(
  resource: CustomResource,
  at: { readonly revision: number; readonly time: string },
): KubeObject {
  const { manifest, definition } = resource;
  const name = `${definition.plural}.${definition.group}`;
  const { singular, listKind, kind, plural, shortNames, categories } = definition;
  const spec = objectOf(manifest['spec']);
  const names = objectOf(spec['names']);
  const condition = (type: string, reason: string) => ({
    type,
    status: 'True',
    reason,
    message: 'given at start',
    lastTransitionTime: at.time,
  });
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      ...metadataOf(manifest),
      name,
      uid: stableUid(name),
      resourceVersion: String(at.revision),
      generation: 1,
      creationTimestamp: at.time,
    },
    spec: { ...spec, names: { ...names, singular, listKind } },
    status: {
      acceptedNames: { plural, singular, kind, listKind, shortNames, categories },
      conditions: [condition('NamesAccepted', 'NoConflicts'), condition('Established', 'InitialNamesAccepted')],
      storedVersions: [definition.storageVersion],
    },
  };
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function stableUid(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
