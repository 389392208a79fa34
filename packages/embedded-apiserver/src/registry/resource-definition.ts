import type { JsonObject } from '../json-value.ts';
import type { KubeObject } from '../kube-object.ts';
import type { StructuralSchema } from '../schema/structural-schema.ts';
import type { FieldError } from '../status/field-error.ts';
import type { PrinterColumn } from './printer-column.ts';

/** What may be done with a resource. */
export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

/** All that a stored resource usually allows. */
export const allVerbs: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** The same, in the order in which Kubernetes lists it for custom kinds. */
export const customVerbs: readonly Verb[] = [
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'create',
  'update',
  'watch',
];

/** One served version of a resource. */
export interface ResourceVersion {
  readonly name: string;
  readonly schema: StructuralSchema;
  /** All columns, the name included. */
  readonly columns: readonly PrinterColumn[];
  /** Whether `status` has an endpoint of its own. */
  readonly hasStatus: boolean;
  /** Whether objects must be defaulted and pruned anew to be shown in this version. */
  readonly differsFromStorage: boolean;
  /** Said to clients in a Warning header; undefined when the version is not deprecated. */
  readonly deprecation: string | undefined;
}

/** What built-in kinds do beyond what a schema says. All functions are pure. */
export interface KindRules {
  /** Completes an object before it is checked; `before` is what is stored. */
  readonly prepare?: (object: JsonObject, before: KubeObject | undefined) => JsonObject;
  /** Finds what the schema cannot say. */
  readonly check?: (object: JsonObject, before: KubeObject | undefined) => readonly FieldError[];
  /** Why a name is not allowed, beyond Kubernetes' usual rule; undefined when it is. */
  readonly checkName?: (name: string) => string | undefined;
  /** Fields that field selectors may name, besides `metadata.name` and `metadata.namespace`. */
  readonly selectableFields?: readonly string[];
}

/** A resource that is served. */
export interface ResourceDefinition {
  /** '' for the core group. */
  readonly group: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  readonly versions: readonly ResourceVersion[];
  readonly storageVersion: string;
  /** Whether `generation` counts the changes of everything but metadata and status. */
  readonly hasGeneration: boolean;
  /** Whether an update without a resourceVersion is taken. */
  readonly allowsUnconditionalUpdate: boolean;
  /** Whether it came with this program, not from a CRD. */
  readonly isBuiltIn: boolean;
  readonly rules: KindRules;
}

/** Where the objects of a resource are kept. */
export function storageName(definition: Pick<ResourceDefinition, 'group' | 'plural'>): string {
  return definition.group === '' ? definition.plural : `${definition.plural}.${definition.group}`;
}

/** `v1` or `group/v1`. */
export function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}
