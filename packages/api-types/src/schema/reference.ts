import { z } from 'zod';
import { listOf, textMap } from './collection.ts';
import { dnsLabel, objectName, text } from './scalar.ts';

/** Names an object in the same namespace. */
export const localRef = () => z.strictObject({ name: objectName() });

/** Names an object; without `namespace`, in the namespace of the one that refers to it. */
export const ref = () => z.strictObject({ name: objectName(), namespace: dnsLabel().optional() });

/** A Kubernetes label selector over namespaces; empty selects every one. */
export const labelSelector = () =>
  z.strictObject({
    matchLabels: textMap({ maxEntries: 16, maxValueLength: 63 }).optional(),
    matchExpressions: listOf(
      z.strictObject({
        key: text(317),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: listOf(z.string().max(63), { max: 32 }).optional(),
      }),
      { max: 16 },
    ).optional(),
  });

/** The namespaces, besides the object's own, whose objects may refer to it. */
export const consumerNamespaceSelector = () =>
  labelSelector().meta({
    description:
      'Namespaces whose objects may refer to this one: omitted, its own only; empty, every one. Selects by the labels of the Namespace.',
  });

/** A reference to another object. */
export type Ref = z.output<ReturnType<typeof ref>>;
/** A label selector. */
export type LabelSelector = z.output<ReturnType<typeof labelSelector>>;
