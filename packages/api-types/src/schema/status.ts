import { z } from 'zod';
import { mapOf } from './collection.ts';
import { observedText, text, timestamp } from './scalar.ts';

/** One condition, as Kubernetes defines it. */
export const condition = () =>
  z.object({
    type: text(316),
    status: z.enum(['True', 'False', 'Unknown']),
    observedGeneration: z.int().min(0).optional(),
    lastTransitionTime: timestamp(),
    reason: text(1024),
    message: z.string().max(4096),
  });

/** What every status of ours begins with. */
export const commonStatus = () => ({
  observedGeneration: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'The generation of the spec that this status speaks of.' }),
  handledReconcileNow: observedText(253)
    .optional()
    .meta({ description: 'The value of the annotation virtrigaud.io/reconcile-now that was acted on last.' }),
  conditions: mapOf(condition(), { keys: ['type'], max: 16 }).optional(),
});

/** One condition of a status. */
export type Condition = z.output<ReturnType<typeof condition>>;
