import { Capability, PowerState, type VirtualMachineState } from '@virtrigaud/grpc-contract/client';
import type { Observed } from './observed.ts';

/** Whether the object asks for the VM to be off, one way or the other. */
export function mustBeOff(seen: Observed): boolean {
  return seen.vm.spec.powerState === 'Off' || seen.vm.spec.powerState === 'OffGraceful';
}

export function isPoweredOff(vm: VirtualMachineState): boolean {
  return vm.powerState === PowerState.OFF;
}

/**
 * Whether what differs may be acted on: under `driftPolicy: Report` only what is newer than what was last reached.
 */
export function mayCorrect(seen: Observed): boolean {
  const { applied } = seen.vm.status ?? {};
  if (seen.vm.spec.driftPolicy === 'Correct' || applied === undefined) return true;
  if (seen.wanted.hash === undefined) return applied.generation !== seen.vm.metadata.generation;
  return applied.hash !== seen.wanted.hash;
}

/** Whether the spec was edited since what was wanted was last reached. */
export function isEdited(seen: Observed): boolean {
  const { applied } = seen.vm.status ?? {};
  return applied !== undefined && applied.generation !== seen.vm.metadata.generation;
}

/** Whether the VM is powered off and on for an edit of its own spec: `updatePolicy: PowerCycle`, and something waits for it. */
export function isPowerCycleDue(seen: Observed, vm: VirtualMachineState): boolean {
  if (seen.vm.spec.updatePolicy !== 'PowerCycle' || vm.powerState !== PowerState.ON || !isEdited(seen)) return false;
  return vm.restartRequired.length > 0 || seen.remembered.refusedOnline.length > 0;
}

/** Whether the provider can ask a guest to shut down. */
export function canShutDown(seen: Observed): boolean {
  return (seen.bound ?? seen.named).capabilities.has(Capability.GRACEFUL_SHUTDOWN);
}
