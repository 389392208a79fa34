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
  const all = seen.wanted.spec ? differencesOf(seen.wanted.spec, vm) : [];
  const shrinking = all.filter(({ impossible }) => impossible === 'shrink');
  const never = seen.vm.spec.updatePolicy === 'Never';
  const heldBack = all.filter(({ path, impossible }) => !impossible && never && hardwarePaths.has(path));
  const free = all.filter((each) => !shrinking.includes(each) && !heldBack.includes(each));
  const none = { shrinking, heldBack, toSend: [], drifted: [], waitingForOff: [], ineffective: [] };
  if (!mayCorrect(seen)) return { ...none, drifted: free };
  const isOff = vm.powerState === PowerState.OFF;
  const waitingForOff = free.filter(({ path }) => !isOff && seen.remembered.refusedOnline.includes(path));
  const rest = free.filter((each) => !waitingForOff.includes(each));
  const { reconfigured } = seen.remembered;
  const repeated =
    reconfigured !== undefined && reconfigured.hash === seen.wanted.hash && reconfigured.paths === pathsOf(rest);
  return repeated && rest.length > 0
    ? { ...none, waitingForOff, ineffective: rest }
    : { ...none, waitingForOff, toSend: rest };
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
