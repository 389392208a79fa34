import type { VirtualMachineState } from '@virtrigaud/grpc-contract/server';

/** Who asks for VMs, and which of them. */
export interface Audience {
  readonly clusterId: string;
  readonly ownedOnly: boolean;
}

/** Whether a VM is shown: all are, or, of a cluster that asks for its own, those that bear its stamp and copies of such. */
export function isShownTo({ clusterId, ownedOnly }: Audience, vm: VirtualMachineState): boolean {
  if (!ownedOnly) return true;
  return vm.owner !== undefined && (clusterId === '' || vm.owner.clusterId === clusterId);
}
