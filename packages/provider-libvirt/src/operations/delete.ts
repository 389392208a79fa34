import { DomainXml, DomainXmlFlag, ErrorCode, isLibvirtCode, UndefineFlag } from '@virtrigaud/libvirt-client';
import {
  ProviderError,
  Reason,
  type Accepted,
  type DeleteVm,
  type MutationContext,
  type VmState,
} from '@virtrigaud/provider-sdk';
import { asProvider } from '../failure.ts';
import { madeAs, type NamedVolume } from '../identity/stamp.ts';
import { lookupDomain } from '../inventory/find-domains.ts';
import type { Host } from '../session/host.ts';
import { includesVolume } from '../storage/clear-leftovers.ts';
import { deleteVolumesOf } from '../storage/volumes-of-vm.ts';
import { switchOff } from './power.ts';
import { requireStamp, type OwnedDomain } from './require-stamp.ts';
import { settleDisks } from './settle-disks.ts';
import { writeStamp } from './write-stamp.ts';

/** Everything that can keep libvirt from forgetting a domain. */
const ALL_THAT_HOLDS =
  UndefineFlag.managedSave | UndefineFlag.snapshotMetadata | UndefineFlag.nvram | UndefineFlag.checkpointMetadata;
/** A domain that somebody starts again while it is removed lives on without a definition, and has to be removed again. */
const TRIES = 3;

/**
 * Removes the VM and the volumes that were made for it. Found by uid, never by name; detached disks stay. A domain that is gone already
 * leaves its volumes to be removed all the same.
 */
export async function deleteVm(
  host: Host,
  { existing, releaseOnly }: DeleteVm,
  call: MutationContext,
): Promise<Accepted> {
  return asProvider<undefined>(`VM ${existing?.name ?? call.owner.uid}`, async () => {
    if (releaseOnly) {
      if (existing) await release(host, existing, call);
      return;
    }
    if (existing) await removeDomain(host, existing, call);
    await deleteVolumesOf(host.libvirt, call.owner.uid, call);
  });
}

/** A change of disks that was cut short after its definition is ended first: its disks are the VM's, and go with it. */
async function settle({ libvirt }: Host, { domain, stamp }: OwnedDomain, call: MutationContext): Promise<void> {
  if (stamp.making.length === 0) return;
  const xml = DomainXml.parse(await libvirt.domainGetXmlDesc(domain, { flags: DomainXmlFlag.inactive }));
  const isForGood = (volume: NamedVolume) => includesVolume(stamp.making, volume);
  await settleDisks(libvirt, { xml, isForGood, checkBeforeEffect: () => call.checkBeforeEffect() });
}

async function release(host: Host, vm: VmState, call: MutationContext): Promise<void> {
  const { domain } = await requireStamp(host, vm, call.owner);
  call.checkBeforeEffect();
  await writeStamp(host.libvirt, domain, undefined);
}

async function removeDomain(host: Host, vm: VmState, call: MutationContext): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    // Each time anew: it may have changed hands, or been made again by somebody else.
    if (!(await lookupDomain(host.libvirt, vm.id))) return;
    try {
      const { domain, stamp } = await requireStamp(host, vm, call.owner);
      call.checkBeforeEffect();
      await switchOff(host, domain);
      await settle(host, { domain, stamp }, call);
      // Once the domain is gone, nothing tells that volumes of another uid's name are this one's: they go first.
      if (madeAs(stamp) !== call.owner.uid)
        await deleteVolumesOf(host.libvirt, madeAs(stamp), { ...call, lastUser: domain.uuid });
      call.checkBeforeEffect();
      await host.libvirt.domainUndefine(domain, { flags: ALL_THAT_HOLDS });
    } catch (error) {
      const isGone = error instanceof ProviderError && error.reason === Reason.VmAbsent;
      if (!isGone && !isLibvirtCode(error, ErrorCode.noDomain)) throw error;
    }
  }
  if (await lookupDomain(host.libvirt, vm.id)) {
    throw new ProviderError('FailedPrecondition', {
      reason: 'LIBVIRT_REFUSED',
      message: `VM ${vm.id} ("${vm.name}") is there again each time it is removed: see who starts it`,
    });
  }
}
