import { parseAllDocuments } from 'yaml';
import { ApiServerError } from '../api-server-error.ts';
import type { JsonObject } from '../json-value.ts';
import { parseCrd } from './parse-crd.ts';
import type { CustomResource } from './parse-crd.ts';

/**
 * Reads CustomResourceDefinitions from YAML texts of one or more documents.
 *
 * @throws {@link ApiServerError} `InvalidCrd` for YAML that is none, another kind, or what this server does not have
 */
export function loadCrds(texts: readonly string[]): readonly CustomResource[] {
  const resources = texts.flatMap(documents).map(parseCrd);
  const names = new Set<string>();
  for (const { definition } of resources) {
    const name = `${definition.plural}.${definition.group}`;
    if (names.has(name)) throw new ApiServerError('InvalidCrd', `${name} is given twice`);
    names.add(name);
  }
  return resources;
}

function documents(text: string): readonly JsonObject[] {
  return parseAllDocuments(text, { version: '1.1', uniqueKeys: true }).flatMap((document) => {
    const [error] = document.errors;
    if (error)
      throw new ApiServerError('InvalidCrd', `a CustomResourceDefinition is no YAML: ${error.message}`, {
        cause: error,
      });
    const value: unknown = document.toJS();
    return value === null ? [] : [value as JsonObject];
  });
}
