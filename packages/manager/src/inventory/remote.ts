import type { VirtualMachineState } from '@virtrigaud/grpc-contract/client';

/** Why nothing may be concluded about a VM without asking. */
export type Unconfirmed =
  /** The provider has not sent its first list. */
  | 'NotListed'
  /** The stream broke, went silent, or the provider says that it cannot see its hypervisor. */
  | 'StreamLost'
  /** A full list did not name it. */
  | 'MissingFromList'
  /** The provider hinted that it is gone. */
  | 'Gone'
  /** A mutation or its task may have changed it since it was last seen. */
  | 'Touched'
  /** Two carriers were reported under one stamp. */
  | 'SecondCarrier';

/** What is known of one VM at its hypervisor. */
export type Remote =
  | { readonly kind: 'Present'; readonly vm: VirtualMachineState }
  /** `Describe`: the hypervisor said so. `List`: it was bound after the list was complete, and nothing was sent since. */
  | { readonly kind: 'Absent'; readonly by: 'Describe' | 'List' }
  /** Never read as Absent. `last` is what was seen last, if anything was. */
  | { readonly kind: 'Unknown'; readonly why: Unconfirmed; readonly last: VirtualMachineState | undefined };
