import { z } from 'zod';

/** The API group of every kind here. */
export const GROUP = 'infra.virtrigaud.io';
/** The version that is stored, and that our own programs speak. */
export const VERSION = 'v1beta1';
/** Every version that is served, the stored one first; their schemas are identical. */
export const VERSIONS = [VERSION, 'v1alpha1'] as const;
/** `apiVersion` of the objects our own programs write. */
export const API_VERSION = `${GROUP}/${VERSION}`;

/**
 * `metadata`, as far as our programs read it; the API server owns the rest, which is kept.
 *
 * The API server sets `uid`, `resourceVersion`, `generation` and `creationTimestamp`: they are absent from a manifest.
 */
export const objectMeta = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  generation: z.number().optional(),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  finalizers: z.array(z.string()).optional(),
});

/** `metadata` of an object. */
export type ObjectMeta = z.output<typeof objectMeta>;

const apiVersion = z.enum([`${GROUP}/${VERSION}`, `${GROUP}/v1alpha1`]);

/** The whole object of a kind that has a status. */
export function objectWithStatus<K extends string, Spec extends z.ZodType, Status extends z.ZodType>(
  kind: K,
  parts: { readonly spec: Spec; readonly status: Status },
) {
  return z.object({
    apiVersion,
    kind: z.literal(kind),
    metadata: objectMeta,
    spec: parts.spec,
    status: parts.status.optional(),
  });
}

/** The whole object of a kind of which there is nothing to observe. */
export function objectWithoutStatus<K extends string, Spec extends z.ZodType>(kind: K, parts: { readonly spec: Spec }) {
  return z.object({ apiVersion, kind: z.literal(kind), metadata: objectMeta, spec: parts.spec });
}
