import { PowerState, type VirtualMachineState } from '@virtrigaud/grpc-contract/client';
import { differencesOf, hardwarePaths, type Difference } from './difference.ts';
import type { Observed } from './observed.ts';
import { mayCorrect } from './wanted-power.ts';

/** All differences, sorted by what may be done about them. */
export interface SortedDifferences {
  /** To be sent now. */
  readonly toSend: readonly Difference[];
  /** A disk would have to shrink. */
  readonly shrinking: readonly Difference[];
  /** Settled when the machine was made. */
  readonly unchangeable: readonly Difference[];
  /** `updatePolicy: Never` leaves hardware alone. */
  readonly heldBack: readonly Difference[];
  /** `driftPolicy: Report`, and the spec is not newer. */
  readonly drifted: readonly Difference[];
  /** The provider can change them only while the VM is off. */
  readonly waitingForOff: readonly Difference[];
  /** Were sent, reported as done, and still differ. */
  readonly ineffective: readonly Difference[];
}

/** Sorts what differs between what is wanted and a VM that is READY. Pure. */
export function sortDifferences(seen: Observed, vm: VirtualMachineState): SortedDifferences {
  const differing = seen.wanted.spec ? differencesOf(seen.wanted.spec, vm) : [];
  const shrinking = differing.filter(({ impossible }) => impossible === 'shrink');
  const unchangeable = differing.filter(({ impossible }) => impossible === 'made');
  const all = differing.filter(({ impossible }) => !impossible);
  const none = { shrinking, unchangeable, heldBack: [], toSend: [], drifted: [], waitingForOff: [], ineffective: [] };
  // Nothing is newer than what was reached: whatever differs has drifted, hardware too.
  if (!mayCorrect(seen)) return { ...none, drifted: all };
  const never = seen.vm.spec.updatePolicy === 'Never';
  const heldBack = all.filter(({ path }) => never && hardwarePaths.has(path));
  const free = all.filter((each) => !heldBack.includes(each));
  const isOff = vm.powerState === PowerState.OFF;
  const waitingForOff = free.filter(({ path }) => !isOff && seen.remembered.refusedOnline.includes(path));
  const rest = free.filter((each) => !waitingForOff.includes(each));
  const { reconfigured } = seen.remembered;
  const repeated =
    reconfigured !== undefined && reconfigured.hash === seen.wanted.hash && reconfigured.paths === pathsOf(rest);
  return repeated && rest.length > 0
    ? { ...none, heldBack, waitingForOff, ineffective: rest }
    : { ...none, heldBack, waitingForOff, toSend: rest };
}

/** What a Reconfigure would be sent for now. */
export function actionableDifferences(seen: Observed, vm: VirtualMachineState): readonly Difference[] {
  return sortDifferences(seen, vm).toSend;
}

/** The update mask of some differences, as one text. */
export function pathsOf(differences: readonly Difference[]): string {
  return maskOf(differences).join(',');
}

/** The update mask of some differences: each path once, sorted. */
export function maskOf(differences: readonly Difference[]): string[] {
  return [...new Set(differences.map(({ path }) => path))].sort();
}
