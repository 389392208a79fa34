import type { ObjectKey, ReconcileContext, Result } from '@virtrigaud/kube-runtime';
import { taskSilenceMs } from '../virtual-machine/observe.ts';
import { executeCopy, type ImageExecuteDeps } from './execute.ts';
import { observeImage, type ImageObserveDeps } from './observe.ts';
import type { ObservedImage } from './observed.ts';
import { planCopy } from './plan.ts';
import { projectImageStatus } from './status.ts';

/** What reconciling an image needs. */
export interface ImageDeps extends ImageObserveDeps, ImageExecuteDeps {}

const maxRounds = 8;

/** Makes an image usable at each Provider where a VM waits for it, and says where it is. */
export async function reconcileImage(key: ObjectKey, deps: ImageDeps, context: ReconcileContext): Promise<Result> {
  for (let round = 0; round < maxRounds; round += 1) {
    const seen = observeImage(key, deps);
    if (!seen) return { kind: 'done' };
    const isDeleting = seen.image.metadata.deletionTimestamp !== undefined;
    const outcomes = isDeleting
      ? []
      : await Promise.all(seen.copies.map((copy) => executeCopy(planCopy(seen, copy), seen, copy, { deps, context })));
    if (outcomes.includes('Progressed')) continue;
    await deps.writeStatus(seen, projectImageStatus(seen));
    return next(seen);
  }
  return { kind: 'requeue', afterMs: 0 };
}

function next(seen: ObservedImage): Result {
  const waits = seen.copies.flatMap((copy) => {
    const step = planCopy(seen, copy);
    switch (step.kind) {
      case 'BackOff':
        return [step.untilMonotonicMs - seen.monotonicMs];
      case 'AwaitTask':
      case 'Missing':
        return [taskSilenceMs];
      default:
        return [];
    }
  });
  return waits.length > 0 ? { kind: 'requeue', afterMs: Math.max(10, Math.min(...waits)) } : { kind: 'done' };
}
