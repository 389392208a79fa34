import type { Condition, ProviderStatus } from '@virtrigaud/api-types';
import { ApiError, mergePatchOf, type ObjectKey, type ReconcileContext, type Result } from '@virtrigaud/kube-runtime';
import { executeProvider, type ProviderExecuteDeps, type ProviderNote, type ProviderOutcome } from './execute.ts';
import { observeProvider, type ProviderObserveDeps } from './observe.ts';
import type { ObservedProvider } from './observed.ts';
import { planProvider, secretMaxAgeMs, type ProviderStep } from './plan.ts';
import { projectProviderStatus } from './status.ts';

/** What reconciling a Provider needs. */
export interface ProviderDeps extends ProviderObserveDeps, ProviderExecuteDeps {
  /** After each status: the number of VMs by phase, for metrics. */
  readonly countVms: (key: ObjectKey) => void;
  /** Told at each look whether the inventory has shrunk unbelievably. */
  readonly shrinkIs: (key: ObjectKey, shrunk: boolean) => void;
}

const maxStepsAtOnce = 12;
/** How long what was said before a start of the manager stands, in milliseconds. */
const unsaidGraceMs = 40_000;
/** How often what is counted of machines is written, at most, in milliseconds. */
const countEveryMs = 10_000;

/** Brings one Provider closer to what is wanted, and says what is. */
export async function reconcileProvider(
  key: ObjectKey,
  deps: ProviderDeps,
  context: ReconcileContext,
): Promise<Result> {
  for (let steps = 0; steps < maxStepsAtOnce; steps += 1) {
    const seen = observeProvider(key, deps);
    if (!seen) {
      await deps.homes.close(key);
      return { kind: 'done' };
    }
    const step = planProvider(seen);
    const outcome = await execute(step, seen, deps, context);
    if (outcome === 'Gone') return { kind: 'done' };
    if (outcome === 'Progressed') continue;
    deps.countVms(key);
    deps.shrinkIs(key, seen.shrink?.shrunk ?? false);
    const home = deps.homes.get(key);
    const unsaidMs = nothingToSayFor(seen, home?.unsaidSinceMs);
    if (unsaidMs > 0) return { kind: 'requeue', afterMs: unsaidMs };
    if (home) home.unsaidSinceMs = undefined;
    const status = projectProviderStatus(seen, step);
    const waitMs = waitForCount(seen, status, home?.countedMs);
    if (waitMs > 0) return { kind: 'requeue', afterMs: waitMs };
    if (home && isCountNew(seen.provider.status, status)) home.countedMs = seen.monotonicMs;
    await deps.writeStatus(seen, status);
    for (const note of notesOf(seen.provider.status?.conditions, status.conditions)) deps.note(seen, note);
    return nextLook(seen);
  }
  return { kind: 'requeue', afterMs: 0 };
}

/** A finalizer that the API server refuses is said on the object, too: nobody else could tell why nothing happens. */
async function execute(
  step: ProviderStep,
  seen: ObservedProvider,
  deps: ProviderDeps,
  context: ReconcileContext,
): Promise<ProviderOutcome> {
  try {
    return await executeProvider(step, seen, deps, context);
  } catch (error) {
    const isOfFinalizer = step.kind === 'AddFinalizer' || step.kind === 'RemoveFinalizer';
    if (isOfFinalizer && isRefusal(error))
      await deps.writeStatus(seen, projectProviderStatus(seen, step, error.message));
    // Logged, and tried again ever later, as whatever fails.
    throw error;
  }
}

/** Whether an authorizer, or an admission policy by whatever code it likes, says no. */
function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && [400, 403, 422].includes(error.status);
}

/**
 * A manager that has just started knows nothing of a Provider of which something current was said: how long that is left as it is.
 * What fails meanwhile is said at once.
 */
function nothingToSayFor(seen: ObservedProvider, unsaidSinceMs: number | undefined): number {
  const { metadata, status } = seen.provider;
  const isCurrent = status?.conditions !== undefined && status.observedGeneration === metadata.generation;
  if (unsaidSinceMs === undefined || !isCurrent || metadata.deletionTimestamp !== undefined || !isBeginning(seen))
    return 0;
  return Math.max(0, unsaidSinceMs + unsaidGraceMs - seen.monotonicMs);
}

/** Whether it is on its way: nothing has failed, and not all of it has been heard of. */
function isBeginning({ provider, invalid, runtime, connection, secret }: ObservedProvider): boolean {
  if (invalid !== undefined || secret.kind === 'Missing' || connection?.state.rejected) return false;
  const kind = runtime?.state.kind ?? 'Starting';
  if (kind !== 'Starting' && kind !== 'Running') return false;
  if (!connection || connection.state.reach.kind === 'Connecting') return true;
  if (connection.state.reach.kind !== 'Connected' || connection.inventory.kind === 'Lost') return false;
  const isUnheard = provider.spec.healthCheck.enabled && connection.state.health.kind === 'Unknown';
  const isUnasked = connection.state.health.kind === 'Serving' && connection.state.validation === undefined;
  return isUnheard || isUnasked || connection.inventory.kind === 'Listing';
}

/** How long a change of nothing but what is counted of machines still waits, so that a thousand of them are not a thousand writes. */
function waitForCount(seen: ObservedProvider, status: ProviderStatus, countedMs: number | undefined): number {
  const before = seen.provider.status;
  if (!before || countedMs === undefined || !isCountNew(before, status)) return 0;
  return mergePatchOf(uncounted(before), uncounted(status)) === undefined
    ? Math.max(0, countedMs + countEveryMs - seen.monotonicMs)
    : 0;
}

function isCountNew(before: ProviderStatus | undefined, after: ProviderStatus): boolean {
  return (
    (before?.connectedVMs ?? 0) !== after.connectedVMs ||
    JSON.stringify(before?.unowned) !== JSON.stringify(after.unowned)
  );
}

function uncounted({ connectedVMs: _bound, unowned: _unowned, ...status }: ProviderStatus): object {
  return status;
}

function nextLook(seen: ObservedProvider): Result {
  const { nextAtMs } = seen.release;
  const waits = [
    ...(seen.secret.kind === 'NotNamed' ? [] : [secretMaxAgeMs(seen)]),
    ...(nextAtMs === undefined ? [] : [Math.max(0, nextAtMs - seen.monotonicMs)]),
  ];
  return waits.length === 0 ? { kind: 'done' } : { kind: 'requeue', afterMs: Math.min(...waits) };
}

/** What a change of conditions tells people. Pure. */
export function notesOf(
  before: readonly Condition[] | undefined,
  after: readonly Condition[] | undefined,
): readonly ProviderNote[] {
  const find = (conditions: readonly Condition[] | undefined, type: string) =>
    conditions?.find((each) => each.type === type);
  const notes: ProviderNote[] = [];
  const became = (type: string, reason: string) => {
    const now = find(after, type);
    return now?.reason === reason && find(before, type)?.reason !== reason ? now : undefined;
  };
  const note = (reason: ProviderNote['reason'], condition: Condition | undefined) => {
    if (condition) notes.push({ reason, message: condition.message });
  };
  note('Connected', became('Connected', 'Connected'));
  if (find(before, 'Connected')?.status === 'True')
    note('Disconnected', became('Connected', 'Unreachable') ?? became('Connected', 'HandshakeFailed'));
  note('CredentialsRejected', became('CredentialsValid', 'Rejected'));
  note('HypervisorChanged', became('Healthy', 'HypervisorChanged'));
  note('InventoryShrunk', became('InventoryComplete', 'InventoryShrunk'));
  note('DeletionBlocked', became('Ready', 'InUse'));
  const stalled = find(after, 'Stalled');
  if (stalled && find(before, 'Stalled')?.reason !== stalled.reason)
    notes.push({ reason: 'Stalled', message: `${stalled.reason}: ${stalled.message}` });
  return notes;
}
