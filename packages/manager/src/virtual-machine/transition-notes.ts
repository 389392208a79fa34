import type { VirtualMachineStatus } from '@virtrigaud/api-types';
import type { Note } from './outcome.ts';
import { conditionOf } from './status.ts';

/** Conditions whose reason is an event, too, when it is new. */
const reasonsWithEvent = {
  ProviderAvailable: ['ConsumerNotAllowed', 'ProviderUnreachable'],
  Provisioned: ['Vanished', 'ConsumerNotAllowed'],
  PowerStateReached: ['Crashed'],
  ConfigurationApplied: ['DriftDetected', 'RestartRequired', 'ConsumerNotAllowed'],
} as const;

/** What a change of status tells people. Pure. */
export function transitionNotes(
  before: VirtualMachineStatus | undefined,
  after: VirtualMachineStatus,
): readonly Note[] {
  const notes: Note[] = [];
  if (before?.id === undefined && after.id !== undefined)
    notes.push(
      after.binding?.takeOver === undefined
        ? { reason: 'Created', message: `the machine is there: ${after.id}` }
        : { reason: 'Adopted', message: `the machine ${after.id} of uid ${after.binding.takeOver} was taken over` },
    );
  for (const [type, reasons] of Object.entries(reasonsWithEvent)) {
    const now = conditionOf(after, type);
    const reason = reasons.find((each) => each === now?.reason);
    if (now && reason && conditionOf(before, type)?.reason !== reason) notes.push({ reason, message: now.message });
  }
  const stalled = conditionOf(after, 'Stalled');
  if (stalled && conditionOf(before, 'Stalled')?.reason !== stalled.reason) {
    notes.push({ reason: 'Stalled', message: `${stalled.reason}: ${stalled.message}` });
  }
  return notes;
}
