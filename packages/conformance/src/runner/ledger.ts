import type { Owner } from '@virtrigaud/grpc-contract/client';

/** Everything that a check may leave behind. Written before it is made, so that nothing is forgotten however the check ends. */
export class Ledger {
  readonly owners: Owner[] = [];
  /** VMs that were made behind the provider's back, or that nobody owns any more. */
  readonly foreignIds: string[] = [];
  /** Disks that no Delete has to take: looked for at the end. */
  readonly diskIds: string[] = [];
  /** What has to be put right before anything can be removed, the last first. */
  readonly undo: (() => Promise<void>)[] = [];
}
