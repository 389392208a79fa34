/** Annotations by which people steer what the manager does (docs: annotations). */
export const Annotation = {
  /** `"true"`: nothing is changed, status still follows. */
  Paused: 'virtrigaud.io/paused',
  /** A new value: look again at once; echoed in `status.handledReconcileNow`. */
  ReconcileNow: 'virtrigaud.io/reconcile-now',
  /** On a VirtualMachine, a new token: one reboot of the guest per token; echoed in `status.handledRestart`. */
  Restart: 'virtrigaud.io/restart',
  /** On a VirtualMachine, an uid: the machine stamped with that uid becomes this one, none is created. */
  TakeOver: 'virtrigaud.io/take-over',
  /** `"true"` on an object being deleted: its finalizer goes without the hypervisor's word. */
  ForceDelete: 'virtrigaud.io/force-delete',
  /** On a Provider, an id: accepts this changed hypervisorID. */
  AcceptHypervisor: 'virtrigaud.io/accept-hypervisor',
  /** On a Provider, a time: accepts that many machines are really gone. */
  AcceptInventory: 'virtrigaud.io/accept-inventory',
  /** On a Provider, uids with commas between: machines of `status.unowned` that are let go; see {@link releasedUids}. */
  Release: 'virtrigaud.io/release',
} as const;

/** Labels on what we make. */
export const Label = {
  ProviderType: 'virtrigaud.io/provider-type',
} as const;

/** Finalizers, by the kind that bears each; the other kinds need none. */
export const Finalizer = {
  VirtualMachine: 'virtualmachine.infra.virtrigaud.io/finalizer',
  Provider: 'provider.infra.virtrigaud.io/finalizer',
} as const;

/** The uids that a value of {@link Annotation.Release} names, each once. */
export function releasedUids(value: string | undefined): readonly string[] {
  const uids = (value ?? '').split(',').map((each) => each.trim());
  return [...new Set(uids)].filter((uid) => uid !== '');
}
