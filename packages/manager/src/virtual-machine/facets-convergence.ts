import { Lifecycle, PowerReason, PowerState, type VirtualMachineState } from '@virtrigaud/grpc-contract/client';
import { sortDifferences } from './actionable-differences.ts';
import { driftPath, type Difference } from './difference.ts';
import { facet, type Facet } from './facet.ts';
import type { Observed } from './observed.ts';
import { specField, specValue } from './spec-field.ts';
import type { Step } from './step.ts';
import { canShutDown, isPowerCycleDue, mayCorrect, mustBeOff } from './wanted-power.ts';

/** Whether the power is as wanted, as a condition. */
export function powerFacet(seen: Observed, vm: VirtualMachineState, step: Step): Facet<'PowerStateReached'> {
  const say = (reason: Parameters<typeof facet<'PowerStateReached'>>[1], message: string) =>
    facet('PowerStateReached', reason, message);
  const wanted = seen.vm.spec.powerState;
  if (isReached(seen, vm)) {
    return isPowerCycleDue(seen, vm)
      ? say('ShuttingDown', 'powered off and on for a change of its hardware')
      : say('Reached', `is ${nameOf(vm)}`);
  }
  if (!mayCorrect(seen)) return say('PowerDrift', `is ${nameOf(vm)}, ${wanted} is wanted; driftPolicy is Report`);
  const failure = seen.remembered.attempts.Power?.failure;
  const graceful = wanted === 'OffGraceful' && vm.powerState === PowerState.ON;
  if (graceful && !canShutDown(seen))
    return say('CapabilityMissing', 'the provider cannot ask a guest to shut down; set powerState to Off');
  if (graceful && (step.kind === 'WaitForShutdown' || !failure)) {
    return say(
      'ShuttingDown',
      'the guest was asked to shut down; it is powered off when gracefulShutdownTimeout is over',
    );
  }
  if (vm.powerState === PowerState.CRASHED && !mustBeOff(seen)) return say('Crashed', 'the guest has crashed');
  if (failure) {
    const reason = failure.reason === 'CAPABILITY_MISSING' ? 'CapabilityMissing' : 'PowerFailed';
    return say(reason, `${failure.call}: ${failure.message}`);
  }
  if (mustBeOff(seen)) return say('PoweringOff', `is ${nameOf(vm)}`);
  if (vm.powerState === PowerState.SUSPENDED && vm.powerReason !== PowerReason.USER) {
    return say('SuspendedByHypervisor', `suspended by the hypervisor: ${whySuspended(vm.powerReason)}`);
  }
  return say('PoweringOn', `is ${nameOf(vm)}`);
}

/** Whether the hardware is as wanted, as a condition. */
export function configurationFacet(seen: Observed, vm: VirtualMachineState): Facet<'ConfigurationApplied'> {
  const say = (reason: Parameters<typeof facet<'ConfigurationApplied'>>[1], message: string) =>
    facet('ConfigurationApplied', reason, message);
  const { problem, notGranted, spec } = seen.wanted;
  if (notGranted !== undefined) return say('ConsumerNotAllowed', notGranted);
  if (!spec) return say('WaitingForDependency', problem?.message ?? 'what it refers to is not known yet');
  const sorted = sortDifferences(seen, vm);
  const failure = seen.remembered.attempts.Reconfigure?.failure;
  if (sorted.shrinking.length > 0)
    return say('DiskShrinkRefused', `${words(sorted.shrinking)}; a disk cannot shrink: restore the size`);
  if (sorted.unchangeable.length > 0)
    return say(
      'CapabilityMissing',
      `${words(sorted.unchangeable)}; that is settled when a machine is made: take a class that says so, or make it anew`,
    );
  if (sorted.ineffective.length > 0)
    return say('ReconfigureFailed', `the provider says it is done, but it is not: ${words(sorted.ineffective)}`);
  if (failure && sorted.toSend.length > 0) {
    const reason = failure.reason === 'CAPABILITY_MISSING' ? 'CapabilityMissing' : 'ReconfigureFailed';
    return say(reason, `${failure.call}: ${failure.message} (${words(sorted.toSend)})`);
  }
  if (sorted.toSend.length > 0) return say('Reconfiguring', words(sorted.toSend));
  if (sorted.drifted.length > 0) return say('DriftDetected', `${words(sorted.drifted)}; driftPolicy is Report`);
  if (sorted.heldBack.length > 0) return say('UpdateHeldBack', `${words(sorted.heldBack)}; updatePolicy is Never`);
  const paths = [...vm.restartRequired.map(driftPath), ...sorted.waitingForOff.map(({ path }) => path)];
  const waiting = paths.map(specField);
  if (waiting.length > 0) {
    return say('RestartRequired', `waits for the next power cycle: ${[...new Set(waiting)].sort().join(', ')}`);
  }
  return say('Applied', 'is as wanted');
}

/** Whether a VM is there to be configured and powered at all. */
export function isReady(vm: VirtualMachineState | undefined): vm is VirtualMachineState {
  return vm?.lifecycle === Lifecycle.READY;
}

function isReached(seen: Observed, vm: VirtualMachineState): boolean {
  return vm.powerState === (mustBeOff(seen) ? PowerState.OFF : PowerState.ON);
}

/** The power state, in the words of the API. */
export function nameOf(vm: VirtualMachineState): 'On' | 'Off' | 'Suspended' | 'Crashed' | 'Unknown' {
  switch (vm.powerState) {
    case PowerState.ON:
      return 'On';
    case PowerState.OFF:
      return 'Off';
    case PowerState.SUSPENDED:
      return 'Suspended';
    case PowerState.CRASHED:
      return 'Crashed';
    case PowerState.UNSPECIFIED:
      return 'Unknown';
  }
}

function whySuspended(reason: PowerReason): string {
  switch (reason) {
    case PowerReason.IO_ERROR:
      return 'an I/O error';
    case PowerReason.SNAPSHOT:
      return 'a snapshot is being made';
    case PowerReason.MIGRATION:
      return 'it is being moved';
    default:
      return 'it does not say why';
  }
}

/** What is not as wanted, in the user's own words for it. */
function words(differences: readonly Difference[]): string {
  return differences
    .map(({ path, wanted, found }) => {
      const values = [found, wanted].map((value) => specValue(path, value) || 'empty');
      return `${specField(path)} is ${values[0] ?? ''}, wanted ${values[1] ?? ''}`;
    })
    .join('; ');
}
