import { ProviderError, Reason, vmAbsent, type AdoptVm, type MutationContext } from '@virtrigaud/provider-sdk';
import { asProvider } from '../failure.ts';
import { madeAs, type DomainStamp } from '../identity/stamp.ts';
import { lookupDomain, readStamp } from '../inventory/find-domains.ts';
import type { Host } from '../session/host.ts';
import { writeStamp } from './write-stamp.ts';

/**
 * Puts the asking owner's stamp on a domain, which keeps its UUID, its name and its disks. All that a former stamp of ours knows of it
 * stays known, the uid in its volumes' names above all: they are the new owner's to change and delete. Of a domain that had no owner no
 * volume is ours, so that none is ever deleted.
 */
export async function adoptVm(
  host: Host,
  { vm, expectedOwnerUid }: AdoptVm,
  { owner, checkBeforeEffect }: MutationContext,
): Promise<void> {
  await asProvider(`VM ${vm.name}`, async () => {
    const domain = await lookupDomain(host.libvirt, vm.id);
    if (!domain) throw vmAbsent(`VM ${vm.id} ("${vm.name}")`);
    const found = await readStamp(host.libvirt, domain);
    // A stamp that names another carrier came along with a copy, and counts for nothing.
    const stamp = found?.carrier === domain.uuid ? found : undefined;
    if ((stamp?.owner.uid ?? '') !== expectedOwnerUid) throw ownerMismatch(vm, stamp);
    checkBeforeEffect();
    await writeStamp(host.libvirt, domain, {
      ...(stamp ?? unstamped),
      carrier: domain.uuid,
      owner,
      madeAs: stamp && madeAs(stamp),
    });
  });
}

const unstamped = { once: [], making: [], tags: {}, aliases: {} } as const;

const ownerMismatch = ({ id, name }: AdoptVm['vm'], stamp: DomainStamp | undefined) =>
  new ProviderError('FailedPrecondition', {
    reason: Reason.OwnerMismatch,
    message: `VM ${id} ("${name}") belongs to ${stamp ? `${stamp.owner.namespace}/${stamp.owner.name}` : 'nobody'} by now: it stays untouched`,
  });
