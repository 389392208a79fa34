import type { MutationContext } from '@virtrigaud/provider-sdk';
import type { EffectGuard } from '../operations/effect-guard.ts';

/** Stops an operation when its call has to stop. */
export function guardOf(call: MutationContext): EffectGuard {
  return { signal: call.signal, beforeEffect: () => call.checkBeforeEffect() };
}
