import type { PowerOp, Task } from '@virtrigaud/grpc-contract/client';
import type { Difference } from './difference.ts';
import type { Verb } from './observed.ts';

/** The one next thing to do for a VirtualMachine. */
export type Step =
  | { readonly kind: 'Done' }
  | { readonly kind: 'RemoveFinalizer'; readonly why: 'Forced' | 'NeverMade' | 'Gone' | 'Released' }
  | { readonly kind: 'Paused' }
  | { readonly kind: 'WaitForProvider' }
  | { readonly kind: 'Describe'; readonly at: 'Bound' | 'Named' }
  | { readonly kind: 'AwaitTask'; readonly task: Task }
  | { readonly kind: 'CheckTask'; readonly id: string }
  | { readonly kind: 'CancelTask'; readonly id: string }
  | { readonly kind: 'SettleTask'; readonly task: Task }
  | { readonly kind: 'Delete'; readonly operationId: string; readonly releaseOnly: boolean }
  | { readonly kind: 'WaitForAbsence'; readonly untilMonotonicMs: number }
  | { readonly kind: 'Rebind' }
  | { readonly kind: 'ProviderMismatch' }
  | { readonly kind: 'WaitForHypervisor'; readonly why: string }
  | { readonly kind: 'InvalidSpec' }
  | { readonly kind: 'WaitForGrant' }
  | { readonly kind: 'AddFinalizer' }
  | { readonly kind: 'WaitForDependency' }
  | { readonly kind: 'Bind' }
  | { readonly kind: 'Unbind' }
  | { readonly kind: 'Create'; readonly operationId: string }
  | { readonly kind: 'Adopt'; readonly operationId: string; readonly ownerUid: string }
  | { readonly kind: 'Vanished' }
  | { readonly kind: 'Power'; readonly op: PowerOp; readonly operationId: string; readonly why: PowerWhy }
  | { readonly kind: 'WaitForShutdown'; readonly untilMonotonicMs: number }
  | { readonly kind: 'WaitAfterCrash'; readonly untilMonotonicMs: number }
  | { readonly kind: 'Reconfigure'; readonly operationId: string; readonly differences: readonly Difference[] }
  | { readonly kind: 'WaitForRollout' }
  | { readonly kind: 'Reboot'; readonly operationId: string; readonly token: string }
  | { readonly kind: 'BackOff'; readonly verb: Verb; readonly untilMonotonicMs: number }
  /** Refused for good, until what it names changes. */
  | { readonly kind: 'Stalled'; readonly verb: Verb }
  | { readonly kind: 'Settled' };

/** What a power operation is for: decides which event people see, and what the status keeps. */
export type PowerWhy = 'Wanted' | 'Cycle' | 'Crashed' | 'DeadlineOver';
