import { Annotation, parseDurationMs } from '@virtrigaud/api-types';
import {
  Lifecycle,
  PowerOp,
  PowerReason,
  PowerState,
  type VirtualMachineState,
} from '@virtrigaud/grpc-contract/client';
import { crashWaitMs } from './crash-restarts.ts';
import { operationId } from './desired/identity.ts';
import { actionableDifferences } from './actionable-differences.ts';
import { heldBack } from './held-back.ts';
import type { Observed } from './observed.ts';
import type { PowerWhy, Step } from './step.ts';
import { canShutDown, isPowerCycleDue, mayCorrect, mustBeOff } from './wanted-power.ts';

/** How often a guest that was asked to shut down is asked again, in milliseconds. */
export const askAgainMs = 15_000;

/** Rows 18 to 21, for a VM that is READY: off, hardware, on, reboot. */
export function planConvergence(seen: Observed): Step | undefined {
  if (seen.remote.kind !== 'Present' || seen.remote.vm.lifecycle !== Lifecycle.READY) return undefined;
  const { vm } = seen.remote;
  return powerOff(seen, vm) ?? reconfigure(seen, vm) ?? powerOn(seen, vm) ?? reboot(seen, vm);
}

/** Row 18. */
function powerOff(seen: Observed, vm: VirtualMachineState): Step | undefined {
  if (vm.powerState === PowerState.OFF || !mayCorrect(seen)) return undefined;
  if (!mustBeOff(seen)) {
    if (vm.powerState === PowerState.CRASHED) return restartCrashed(seen);
    return isPowerCycleDue(seen, vm) ? shutDown(seen, 'Cycle') : undefined;
  }
  const graceful = seen.vm.spec.powerState === 'OffGraceful' && vm.powerState === PowerState.ON;
  return graceful ? shutDown(seen, 'Wanted') : power(seen, PowerOp.OFF, 'Wanted');
}

function restartCrashed(seen: Observed): Step | undefined {
  const waitMs = crashWaitMs(seen.vm.status?.crashRestarts, seen.nowMs);
  if (waitMs > 0) return { kind: 'WaitAfterCrash', untilMonotonicMs: seen.monotonicMs + waitMs };
  return power(seen, PowerOp.OFF, 'Crashed');
}

/** Asks the guest, again every 15 s, and powers off when its time is over, whatever the guest has answered. */
function shutDown(seen: Observed, why: PowerWhy): Step | undefined {
  if (!canShutDown(seen)) return why === 'Cycle' ? power(seen, PowerOp.OFF, why) : undefined;
  const deadline = seen.vm.status?.shutdownDeadline;
  if (deadline !== undefined && seen.nowMs >= Date.parse(deadline)) return power(seen, PowerOp.OFF, 'DeadlineOver');
  const leftMs = deadline === undefined ? gracefulTimeoutMs(seen) : Date.parse(deadline) - seen.nowMs;
  const askAtMs = (seen.remembered.shutdownAskedMs ?? -Infinity) + askAgainMs;
  if (seen.monotonicMs < askAtMs) {
    return { kind: 'WaitForShutdown', untilMonotonicMs: Math.min(askAtMs, seen.monotonicMs + leftMs) };
  }
  const op = PowerOp.SHUTDOWN_GRACEFUL;
  return { kind: 'Power', op, operationId: powerOperationId(seen, op), why };
}

/** How long a guest has to shut down, in milliseconds. */
export function gracefulTimeoutMs(seen: Observed): number {
  return parseDurationMs(seen.vm.spec.lifecycle.gracefulShutdownTimeout) ?? 60_000;
}

/** Row 19. */
function reconfigure(seen: Observed, vm: VirtualMachineState): Step | undefined {
  const differences = actionableDifferences(seen, vm);
  if (differences.length === 0) return undefined;
  const isOwnEdit = seen.vm.status?.applied?.generation !== seen.vm.metadata.generation;
  const isNewer = seen.vm.status?.applied?.hash !== seen.wanted.hash;
  if (isNewer && !isOwnEdit && !seen.rolloutOpen) return { kind: 'WaitForRollout' };
  const id = operationId('reconfigure', seen.vm.metadata.uid ?? '', { hash: seen.wanted.hash, differences });
  return heldBack(seen, 'Reconfigure', { kind: 'Reconfigure', operationId: id, differences }, id);
}

/** Row 20. */
function powerOn(seen: Observed, vm: VirtualMachineState): Step | undefined {
  if (mustBeOff(seen) || !mayCorrect(seen)) return undefined;
  if (vm.powerState === PowerState.OFF) return power(seen, PowerOp.ON, 'Wanted');
  const byUser = vm.powerState === PowerState.SUSPENDED && vm.powerReason === PowerReason.USER;
  return byUser ? power(seen, PowerOp.RESUME, 'Wanted') : undefined;
}

/** Row 21: the guest's own reboot, once a token. */
function reboot(seen: Observed, vm: VirtualMachineState): Step | undefined {
  const token = seen.vm.metadata.annotations?.[Annotation.Restart];
  const isHandled = token === seen.vm.status?.handledRestart || token === seen.remembered.rebootedFor;
  if (!token || isHandled || vm.powerState !== PowerState.ON) return undefined;
  const id = rebootOperationId(seen, token);
  return heldBack(seen, 'Reboot', { kind: 'Reboot', operationId: id, token }, id);
}

function power(seen: Observed, op: PowerOp, why: PowerWhy): Step | undefined {
  const id = powerOperationId(seen, op);
  return heldBack(seen, 'Power', { kind: 'Power', op, operationId: id, why }, id);
}

/** The operation id of a reboot: once for each token. */
export function rebootOperationId(seen: Observed, token: string): string {
  return `reboot-${seen.vm.metadata.uid ?? ''}-${token}`;
}

/** The operation id of a level-triggered power operation. */
export function powerOperationId(seen: Observed, op: PowerOp): string {
  return operationId('power', seen.vm.metadata.uid ?? '', op);
}
