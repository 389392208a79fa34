import { Annotation, Finalizer } from '@virtrigaud/api-types';
import { isUsable } from '../connection/connection-state.ts';
import type { ObservedProvider } from './observed.ts';
import type { UnownedMachine } from './unowned.ts';

/** The one next thing to do for a Provider. */
export type ProviderStep =
  | { readonly kind: 'Done' }
  | { readonly kind: 'RemoveFinalizer'; readonly why: 'Forced' | 'Unused' }
  | { readonly kind: 'InUse' }
  | { readonly kind: 'Stop' }
  | { readonly kind: 'Paused' }
  | { readonly kind: 'InvalidSpec' }
  | { readonly kind: 'AddFinalizer' }
  | { readonly kind: 'ReadSecret' }
  | { readonly kind: 'WaitForSecret' }
  | { readonly kind: 'Start' }
  | { readonly kind: 'Restart' }
  | { readonly kind: 'Connect' }
  /** A person has asked for a look at once. */
  | { readonly kind: 'Look'; readonly token: string }
  /** A person has asked to let a machine go that no object owns. */
  | { readonly kind: 'Release'; readonly machine: UnownedMachine }
  | { readonly kind: 'Settled' };

/** How old the last look at the Secret may be, in milliseconds: it is read by name, so nothing tells of its change. */
export const secretAgeMs = { waiting: 15_000, settled: 60_000 } as const;

/** Decides the one next step for a Provider. Pure. */
export function planProvider(seen: ObservedProvider): ProviderStep {
  const { metadata } = seen.provider;
  const hasFinalizer = metadata.finalizers?.includes(Finalizer.Provider) ?? false;
  if (metadata.deletionTimestamp !== undefined) {
    if (!hasFinalizer) return seen.runtime ? { kind: 'Stop' } : { kind: 'Done' };
    const forced = metadata.annotations?.[Annotation.ForceDelete] === 'true';
    // Its machines could not be seen, changed or deleted any more: it serves them on.
    if (seen.boundVms.length > 0 && !forced) return planRunning(seen) ?? { kind: 'InUse' };
    if (seen.runtime) return { kind: 'Stop' };
    return { kind: 'RemoveFinalizer', why: forced && seen.boundVms.length > 0 ? 'Forced' : 'Unused' };
  }
  if (metadata.annotations?.[Annotation.Paused] === 'true') return { kind: 'Paused' };
  if (seen.invalid !== undefined) return { kind: 'InvalidSpec' };
  if (!hasFinalizer) return { kind: 'AddFinalizer' };
  return planRunning(seen) ?? { kind: 'Settled' };
}

function planRunning(seen: ObservedProvider): ProviderStep | undefined {
  if (seen.invalid !== undefined) return undefined;
  if (isSecretDue(seen)) return { kind: 'ReadSecret' };
  if (!seen.runtime) return seen.secret.kind === 'Missing' ? { kind: 'WaitForSecret' } : { kind: 'Start' };
  if (!seen.runtime.isCurrent) return { kind: 'Restart' };
  if (seen.runtime.state.kind === 'Running' && !seen.runtime.isConnected) return { kind: 'Connect' };
  const token = lookAskedFor(seen);
  if (token !== undefined && canLook(seen)) return { kind: 'Look', token };
  const [machine] = seen.release.due;
  if (machine && seen.connection && isUsable(seen.connection.state)) return { kind: 'Release', machine };
  return undefined;
}

/** The value of `reconcile-now` that no look has followed yet. */
export function lookAskedFor({ provider, lookedFor }: ObservedProvider): string | undefined {
  const asked = provider.metadata.annotations?.[Annotation.ReconcileNow];
  return asked === provider.status?.handledReconcileNow || asked === lookedFor ? undefined : asked;
}

/** What is connected can be asked; what does not start can be started again. */
function canLook({ runtime, connection }: ObservedProvider): boolean {
  const kind = runtime?.state.kind;
  return connection?.state.reach.kind === 'Connected' || kind === 'PackageMissing' || kind === 'Failed';
}

function isSecretDue(seen: ObservedProvider): boolean {
  if (seen.secret.kind === 'NotNamed') return false;
  if (seen.secret.kind === 'NotRead' || seen.secretReadMs === undefined) return true;
  return seen.monotonicMs - seen.secretReadMs >= secretMaxAgeMs(seen);
}

/** How often the Secret is looked at: sooner while something waits for it. */
export function secretMaxAgeMs(seen: ObservedProvider): number {
  const waits = seen.secret.kind === 'Missing' || seen.connection?.state.rejected !== undefined;
  return waits ? secretAgeMs.waiting : secretAgeMs.settled;
}
