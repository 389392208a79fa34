import type { JsonObject } from '../json-value.ts';
import { metadataOf } from '../kube-object.ts';
import type { KubeObject } from '../kube-object.ts';
import { apiVersionOf } from '../registry/resource-definition.ts';
import type { Served } from '../registry/registry.ts';
import { applyDefaults } from '../schema/apply-defaults.ts';
import { prune } from '../schema/prune.ts';
import { badRequest, invalid } from '../status/refusals.ts';
import type { StatusError } from '../status/status-error.ts';
import type { WriteOptions } from './api.ts';
import { unknownMeta } from './client-meta.ts';

/** An object of the right kind, with defaults and without unknown fields. */
export interface Decoded {
  readonly object: JsonObject;
  /** Paths of the fields that were dropped. */
  readonly unknown: readonly string[];
}

/**
 * Reads an object as a version of its kind.
 *
 * @param before - what it was made from, as this version has it: only what is not the very same is looked at
 * @throws {@link StatusError} `BadRequest` when it is of another kind or version
 */
export function decodeObject(object: JsonObject, served: Served, before?: KubeObject): Decoded {
  const { definition, version } = served;
  const apiVersion = apiVersionOf(definition.group, version.name);
  const { apiVersion: saidVersion = apiVersion, kind = definition.kind } = object;
  if (saidVersion !== apiVersion) {
    throw badRequest(
      `the API version in the data (${JSON.stringify(saidVersion)}) does not match the expected API version (${apiVersion})`,
    );
  }
  if (kind !== definition.kind) {
    throw badRequest(
      `the kind in the data (${JSON.stringify(kind)}) does not match the expected kind (${definition.kind})`,
    );
  }
  // Built-in kinds are taken from the disk as they lie there: another program may have known other fields.
  const known = definition.isBuiltIn ? undefined : before;
  const pruned = prune(object, version.schema, known);
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = applyDefaults(pruned.object, version.schema, known);
  return {
    object: { apiVersion, kind, ...rest },
    unknown: [...pruned.unknown, ...unknownMeta(metadataOf(object))],
  };
}

/** What strict validation says against a body, in Kubernetes' words. */
export function strictProblems(unknown: readonly string[], duplicates: readonly string[]): readonly string[] {
  return [
    ...duplicates.map((path) => `duplicate field "${path}"`),
    ...unknown.map((path) => `unknown field "${path}"`),
  ];
}

/**
 * Refuses or warns of what strict validation says, as the client asked.
 *
 * @param refuse - makes the error of that request
 */
export function enforceStrictness(
  problems: readonly string[],
  options: WriteOptions,
  refuse: (why: string) => StatusError,
): void {
  if (problems.length === 0 || options.fieldValidation === 'Ignore') return;
  if (options.fieldValidation === 'Strict') throw refuse(`strict decoding error: ${problems.join(', ')}`);
  for (const problem of problems) options.warn(problem);
}

/** The refusal of a whole body. */
export function undecodable(served: Served, why: string): StatusError {
  const { kind } = served.definition;
  return badRequest(`${kind} in version "${served.version.name}" cannot be handled as a ${kind}: ${why}`);
}

/** The refusal of what a patch makes of an object. */
export function unpatchable(patched: JsonObject, why: string): StatusError {
  const error = { kind: 'invalid' as const, path: 'patch', value: JSON.stringify(patched), detail: why };
  return invalid({ group: '', plural: '', kind: '' }, '', [error]);
}
