import type { Observed, ProviderView } from './observed.ts';

/** Where a VM was bound to. */
export interface BindingIdentity {
  readonly providerUID: string;
  readonly hypervisorID?: string | undefined;
}

/** Whether a Provider leads to the hypervisor of a binding: equal or accepted ids; where one is empty, the same Provider object. */
export function isSameHypervisor(
  binding: BindingIdentity,
  provider: Pick<ProviderView, 'uid' | 'hypervisorId' | 'acceptedHypervisorId'>,
): boolean {
  const bound = binding.hypervisorID ?? '';
  if (bound === '' || provider.hypervisorId === '') return binding.providerUID === provider.uid;
  return bound === provider.hypervisorId || provider.acceptedHypervisorId === provider.hypervisorId;
}

/** Whether the binding is exactly what `providerRef` leads to now. */
export function isBoundToNamed({ vm, named }: Observed): boolean {
  const binding = vm.status?.binding;
  if (!binding) return false;
  return (
    binding.providerRef.name === named.name &&
    binding.providerRef.namespace === named.namespace &&
    binding.providerUID === named.uid &&
    (named.hypervisorId === '' || (binding.hypervisorID ?? '') === named.hypervisorId)
  );
}

/** Whether the binding was made before the Provider knew which hypervisor it leads to, and it does now: the id is written to it. */
export function learnsHypervisor({ vm, named }: Observed): boolean {
  const binding = vm.status?.binding;
  return binding?.providerUID === named.uid && (binding.hypervisorID ?? '') === '' && named.hypervisorId !== '';
}

/**
 * Whether the bound Provider leads to another hypervisor than the VM was made on, which a person has accepted: what is not found there
 * may still exist where it was made.
 */
export function isAtAcceptedHypervisor({ vm, bound }: Observed): boolean {
  const was = vm.status?.binding?.hypervisorID ?? '';
  return bound !== undefined && was !== '' && bound.hypervisorId !== '' && was !== bound.hypervisorId;
}

/** Whether the VM can be reached through the named Provider instead of the bound one, now. */
export function canRebind(seen: Observed): boolean {
  const binding = seen.vm.status?.binding;
  if (!binding || isBoundToNamed(seen)) return false;
  return seen.named.unavailable === undefined && seen.named.granted && isSameHypervisor(binding, seen.named);
}
