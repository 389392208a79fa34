import type { DomainRef } from '@virtrigaud/libvirt-client';
import { ProviderError, Reason, vmAbsent, type Owner, type VmState } from '@virtrigaud/provider-sdk';
import type { DomainStamp } from '../identity/stamp.ts';
import { lookupDomain, readStamp } from '../inventory/find-domains.ts';
import type { Host } from '../session/host.ts';

/** A domain that bears its owner's stamp. */
export interface OwnedDomain {
  readonly domain: DomainRef;
  readonly stamp: DomainStamp;
}

/**
 * The domain again, right before it is changed: it must still be there and still bear the owner's stamp.
 *
 * @throws ProviderError VM_ABSENT, or OWNER_MISMATCH when it changed hands meanwhile.
 */
export async function requireStamp({ libvirt }: Host, vm: VmState, owner: Owner): Promise<OwnedDomain> {
  const domain = await lookupDomain(libvirt, vm.id);
  if (!domain) throw vmAbsent(`VM ${vm.id} ("${vm.name}")`);
  const stamp = await readStamp(libvirt, domain);
  if (stamp?.owner.uid !== owner.uid || stamp.carrier !== domain.uuid) {
    throw new ProviderError('FailedPrecondition', {
      reason: Reason.OwnerMismatch,
      message: `VM ${vm.id} ("${vm.name}") no longer belongs to ${owner.namespace}/${owner.name}: it stays untouched`,
    });
  }
  return { domain, stamp };
}
