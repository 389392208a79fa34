import type { Condition } from '@virtrigaud/api-types';

/** A condition without its times: what a projection answers. */
export interface ProjectedCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

const maxMessageLength = 4096;

/**
 * Gives projected conditions their times: the time of the last transition stays while the status does. Sorted with Ready first,
 * so that equal conditions are equal lists. Pure.
 */
export function withTimes(
  projected: readonly ProjectedCondition[],
  previous: readonly Condition[] | undefined,
  { nowMs, generation }: { readonly nowMs: number; readonly generation: number | undefined },
): Condition[] {
  const order = (type: string) => (type === 'Ready' ? '' : type);
  return [...projected]
    .sort((a, b) => (order(a.type) < order(b.type) ? -1 : 1))
    .map((each) => {
      const before = previous?.find(({ type }) => type === each.type);
      return {
        type: each.type,
        status: each.status,
        ...(generation === undefined ? {} : { observedGeneration: generation }),
        lastTransitionTime:
          before?.status === each.status
            ? before.lastTransitionTime
            : new Date(Math.floor(nowMs / 1000) * 1000).toISOString().replace('.000Z', 'Z'),
        reason: each.reason,
        message: each.message.slice(0, maxMessageLength),
      };
    });
}
