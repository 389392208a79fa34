import { Annotation, type VMImage } from '@virtrigaud/api-types';
import { operationId } from '../virtual-machine/desired/identity.ts';
import type { ObservedCopy, ObservedImage } from './observed.ts';

/** The one next thing to do for one copy of an image. */
export type CopyStep =
  | { readonly kind: 'Ready'; readonly preparedId: string; readonly where: 'InPlace' | 'Prepared' }
  | { readonly kind: 'WaitForProvider' }
  | { readonly kind: 'Unsupported' }
  | { readonly kind: 'AwaitTask' }
  | { readonly kind: 'CheckTask'; readonly id: string }
  | { readonly kind: 'SettleTask' }
  | { readonly kind: 'Describe' }
  | { readonly kind: 'Prepare'; readonly operationId: string }
  | { readonly kind: 'Missing' }
  | { readonly kind: 'BackOff'; readonly untilMonotonicMs: number }
  | { readonly kind: 'Paused' };

/** How often a copy that somebody else is to provide is looked for, in milliseconds. */
const missingPollMs = 60_000;

/** Whether a person has asked, by `reconcile-now`, for a look that has not been taken yet. */
export function isLookDue({ metadata, status }: VMImage, { prepares, task, remembered }: ObservedCopy): boolean {
  const asked = metadata.annotations?.[Annotation.ReconcileNow];
  if (asked === undefined || asked === status?.handledReconcileNow || asked === remembered.lookedFor) return false;
  return prepares && task.kind === 'None' && metadata.annotations?.[Annotation.Paused] !== 'true';
}

/** Decides the one next step for a copy. Pure. */
export function planCopy(seen: ObservedImage, copy: ObservedCopy): CopyStep {
  const { image, monotonicMs } = seen;
  if (copy.source === undefined) return { kind: 'Unsupported' };
  if (copy.unavailable !== undefined) return { kind: 'WaitForProvider' };
  if (!copy.prepares) return { kind: 'Ready', preparedId: '', where: 'InPlace' };
  if (isLookDue(image, copy)) return { kind: 'Describe' };
  if (copy.remembered.answer?.kind === 'Complete')
    return { kind: 'Ready', preparedId: copy.remembered.answer.preparedId, where: 'Prepared' };
  if (image.metadata.annotations?.[Annotation.Paused] === 'true') return { kind: 'Paused' };
  const { failure, answer } = copy.remembered;
  const isHeldBack =
    failure !== undefined && monotonicMs < failure.retryAtMs && failure.fingerprint === copy.fingerprint;
  if (isHeldBack) return { kind: 'BackOff', untilMonotonicMs: failure.retryAtMs };
  switch (copy.task.kind) {
    case 'Running':
      return { kind: 'AwaitTask' };
    case 'Unheard':
      return { kind: 'CheckTask', id: copy.task.id };
    case 'Ended':
      return { kind: 'SettleTask' };
    case 'None':
      break;
  }
  if (answer === undefined) return { kind: 'Describe' };
  if (image.spec.prepare.onMissing !== 'Import') {
    // Somebody else puts it there, and nothing tells of it.
    const isOld = answer.kind === 'Absent' && monotonicMs - answer.atMs >= missingPollMs;
    return isOld ? { kind: 'Describe' } : { kind: 'Missing' };
  }
  return { kind: 'Prepare', operationId: operationId('prepare', image.metadata.uid ?? '', copy.source) };
}
