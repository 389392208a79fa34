import { Annotation } from '@virtrigaud/api-types';
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

/** Decides the one next step for a copy. Pure. */
export function planCopy(seen: ObservedImage, copy: ObservedCopy): CopyStep {
  const { image, monotonicMs } = seen;
  if (copy.source === undefined) return { kind: 'Unsupported' };
  if (copy.unavailable !== undefined) return { kind: 'WaitForProvider' };
  if (!copy.prepares) return { kind: 'Ready', preparedId: '', where: 'InPlace' };
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
  if (image.spec.prepare.onMissing !== 'Import') return { kind: 'Missing' };
  return { kind: 'Prepare', operationId: operationId('prepare', image.metadata.uid ?? '', copy.source) };
}
