import type { KubeObject } from '../kube-object.ts';
import type { ResourceDefinition } from '../registry/resource-definition.ts';
import { parseFieldSelector } from './field-selector.ts';
import type { ObjectFilter } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';

/** Which objects of a resource a request is about. */
export interface Selection {
  /** What keys begin with: a namespace and a slash, or '' for all. */
  readonly prefix: string;
  readonly matches: ObjectFilter;
}

/** @throws {@link StatusError} `BadRequest` for a selector that is malformed */
export function parseSelection(definition: ResourceDefinition, namespace: string, query: URLSearchParams): Selection {
  const byLabel = parseLabelSelector(query.get('labelSelector') ?? '');
  const byField = parseFieldSelector(query.get('fieldSelector') ?? '', definition);
  return {
    prefix: namespace === '' ? '' : `${namespace}/`,
    matches: (object: KubeObject) => byLabel(object.metadata.labels ?? {}) && byField(object),
  };
}
