import { priorities, type ObjectKey, type ReconcileContext, type Result } from '@virtrigaud/kube-runtime';
import { execute } from './execute.ts';
import type { VmMemory } from './memory.ts';
import { next } from './next.ts';
import { observe, type ObserveDeps } from './observe.ts';
import type { Observed } from './observed.ts';
import { planVirtualMachine } from './plan.ts';
import type { ExecuteDeps } from './ports.ts';
import { projectStatus, conditionOf } from './status.ts';
import type { Step } from './step.ts';
import { transitionNotes } from './transition-notes.ts';

/** What reconciling a VM needs. */
export interface VirtualMachineDeps extends ObserveDeps, ExecuteDeps {
  /** Limits writes that only say that nothing is known any more; resolves when one may be made. */
  readonly unconfirmedWrite: (signal: AbortSignal) => Promise<void>;
  /** Told of each step, for traces and logs. */
  readonly trace?: (seen: Observed, step: Step) => void;
}

/** More steps than any life takes in one go; beyond it, others get their turn first. */
const maxStepsAtOnce = 16;
/** What is only unconfirmed is not said before this time, in milliseconds. */
const unconfirmedGraceMs = 40_000;

/** Brings one VM closer to what is wanted: look, decide, do, and again while there is progress; then say what is. */
export async function reconcileVirtualMachine(
  key: ObjectKey,
  deps: VirtualMachineDeps,
  context: ReconcileContext,
): Promise<Result> {
  for (let steps = 0; steps < maxStepsAtOnce; steps += 1) {
    const seen = await observe(key, deps, context.signal);
    if (!seen) return { kind: 'done' };
    const step = planVirtualMachine(seen);
    deps.trace?.(seen, step);
    const outcome = await execute(step, seen, deps, context);
    if (outcome.kind === 'Gone') return { kind: 'done' };
    if (outcome.kind === 'Progressed') continue;
    return say(seen, step, { deps, context });
  }
  return { kind: 'requeue', afterMs: 0 };
}

interface Saying {
  readonly deps: VirtualMachineDeps;
  readonly context: ReconcileContext;
}

/** Writes the status, if it differs, and says when to look again. */
async function say(planned: Observed, step: Step, { deps, context }: Saying): Promise<Result> {
  const seen: Observed = { ...planned, remembered: deps.memory.get(planned.vm.metadata.uid ?? '') };
  const graceMs = unconfirmedFor(seen, deps.memory);
  if (graceMs !== undefined) {
    if (graceMs > 0) return { kind: 'requeue', afterMs: graceMs, priority: priorities.resync };
    await deps.unconfirmedWrite(context.signal);
  }
  const status = projectStatus(seen, step);
  await deps.writes.writeStatus(seen, status);
  for (const note of transitionNotes(seen.vm.status, status)) deps.note(seen, note);
  return next(step, seen);
}

/**
 * Of a VM of which something current was said, and whose Provider is only out of sight: how long that is left as it is.
 * Undefined: say it now.
 */
function unconfirmedFor(seen: Observed, memory: VmMemory): number | undefined {
  const { vm, bound, nowMs, monotonicMs, remembered } = seen;
  const uid = vm.metadata.uid ?? '';
  if (!bound?.unavailable) {
    if (remembered.unseenSinceMs !== undefined) memory.update(uid, { unseenSinceMs: undefined });
    return undefined;
  }
  const ready = conditionOf(vm.status, 'Ready');
  const isCurrent = vm.status?.observedGeneration === vm.metadata.generation;
  if (!ready || !isCurrent || vm.metadata.deletionTimestamp !== undefined) return undefined;
  if (bound.unavailable.reason === 'NotYetConnected') {
    // A manager that has just started, or a list that begins anew, says nothing of any machine.
    const sinceMs = remembered.unseenSinceMs ?? monotonicMs;
    memory.update(uid, { unseenSinceMs: sinceMs });
    return Math.max(0, sinceMs + unconfirmedGraceMs - monotonicMs);
  }
  return ready.status === 'True' ? Math.max(0, bound.unavailable.sinceMs + unconfirmedGraceMs - nowMs) : undefined;
}
