/** Whose object a VM or an image is. The uid is the identity that counts. */
export interface Owner {
  /** Stable id of the cluster, or of the API server of one machine. */
  readonly clusterId: string;
  readonly namespace: string;
  readonly name: string;
  /** `metadata.uid`, a UUID. */
  readonly uid: string;
  readonly kind: 'VirtualMachine' | 'VMImage';
}

/** What lies on the hypervisor to say who owns a VM, and which VM it was written for. */
export interface Stamp {
  readonly owner: Owner;
  /** Id of the VM that the stamp was written for; undefined where the id was not known yet. */
  readonly carrier?: string | undefined;
}

/**
 * Reads a stamp that was found on a VM: on any other carrier than the one it names (a clone made by hand, a restored copy) it makes
 * the VM a copy, never an owned one. Pure.
 */
export function ownershipOf(
  stamp: Stamp | undefined,
  vmId: string,
): { readonly owner?: Owner; readonly copiedFrom?: string } {
  if (!stamp) return {};
  if (stamp.carrier !== undefined && stamp.carrier.toLowerCase() !== vmId.toLowerCase()) {
    return { copiedFrom: stamp.carrier };
  }
  return { owner: stamp.owner };
}
