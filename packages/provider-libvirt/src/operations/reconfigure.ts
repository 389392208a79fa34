import { DomainXml, DomainXmlFlag, type DomainRef } from '@virtrigaud/libvirt-client';
import {
  capabilityMissing,
  invalidField,
  type Accepted,
  type MutationContext,
  type ReconfigureVm,
  type RootDisk,
  type VmChange,
  type VmState,
} from '@virtrigaud/provider-sdk';
import { asProvider } from '../failure.ts';
import { madeAs, type DomainStamp, type NamedVolume } from '../identity/stamp.ts';
import { planMachine, type MachinePlan } from '../machine/machine-plan.ts';
import type { Host } from '../session/host.ts';
import { diskChanges, prepareDisks, type PreparedDisks } from './change-disks.ts';
import { editNics, nicsDiffer } from './change-nics.ts';
import { clearLeftovers, includesVolume } from '../storage/clear-leftovers.ts';
import { requireNetworks } from './require-networks.ts';
import { requireStamp, type OwnedDomain } from './require-stamp.ts';
import { settleDisks } from './settle-disks.ts';
import { writeStamp } from './write-stamp.ts';

const KIB = 1024;
/** Defining checks the machine, and some hosts probe QEMU again for that. */
const DEFINE_TIMEOUT_MS = 120_000;

/**
 * Brings changes about. Processors and memory are set for the next start, and a running VM shows the difference until then. Tags hold at
 * once, disks grow at once; disks and NICs come and go while the VM is off. What cannot be done is refused before anything is changed.
 */
export async function reconfigureVm(host: Host, request: ReconfigureVm, call: MutationContext): Promise<Accepted> {
  const { vm, changes, desired, validateOnly } = request;
  return asProvider<undefined>(`VM ${vm.name}`, async () => {
    for (const change of changes) check(change, vm);
    const owned = await requireStamp(host, vm, call.owner);
    // What follows from the uid followed from that of the owner who had it made.
    const plan = planMachine(desired, { ...call.owner, uid: madeAs(owned.stamp) }, host.virtType);
    if (changes.some(({ kind }) => kind === 'Nics')) await requireNetworks(host, plan);
    if (validateOnly) return;
    const stamp = await configure(host, owned, { vm, plan, changes, call });
    for (const change of changes) await apply(host, { ...owned, stamp }, { vm, plan, change, call });
  });
}

function check(change: VmChange, vm: VmState): void {
  switch (change.kind) {
    case 'Cpus':
      if (change.maxCpus !== undefined) throw capabilityMissing('ceilings of hot-add (compute.max_cpus)');
      return;
    case 'Memory':
      if (change.maxMemoryBytes !== undefined)
        throw capabilityMissing('ceilings of hot-add (compute.max_memory_bytes)');
      return;
    case 'Root':
      checkRoot(change.root, vm);
      return;
    case 'Disks':
      diskChanges(change.disks, vm);
      return;
    case 'Nics':
      nicsDiffer(change.nics, vm);
      return;
    case 'Tags':
      return;
  }
}

const rootOf = (vm: VmState) => (vm.disks ?? []).find(({ root }) => root);

function checkRoot({ sizeBytes }: RootDisk, vm: VmState): void {
  const now = rootOf(vm)?.sizeBytes ?? 0;
  if (sizeBytes !== undefined && sizeBytes < now) {
    throw invalidField(
      'desired.root.size_bytes',
      `${String(sizeBytes)} is less than the disk has (${String(now)}): disks only grow`,
    );
  }
}

interface Work {
  readonly vm: VmState;
  readonly plan: MachinePlan;
  readonly call: MutationContext;
}

/**
 * One redefinition for all that the next start reads: everything else in it, ours or not, stays as it was. Answers the stamp as it is
 * then.
 */
async function configure(
  host: Host,
  owned: OwnedDomain,
  { changes, ...work }: Work & { readonly changes: readonly VmChange[] },
): Promise<DomainStamp> {
  const { domain } = owned;
  // Making volumes may take long: what somebody changes in the definition meanwhile has to stay, so it is read afterwards.
  const disks = await prepareVolumes(host, owned, { ...work, changes });
  const stamp = disks?.stamp ?? owned.stamp;
  const flags = DomainXmlFlag.inactive | DomainXmlFlag.secure;
  const before = await host.libvirt.domainGetXmlDesc(domain, { flags });
  const xml = DomainXml.parse(before);
  for (const change of changes) edit(xml, { ...work, change, disks });
  if (xml.toString() === DomainXml.parse(before).toString())
    return settle(host, domain, { ...work, changes, xml, stamp });
  work.call.checkBeforeEffect();
  const named = { ...stamp, aliases: { ...stamp.aliases, ...work.plan.hashedAliases } };
  // Names that a device's alias cannot hold are in the stamp: they have to be there first.
  if (Object.keys(named.aliases).length > Object.keys(stamp.aliases).length)
    await writeStamp(host.libvirt, domain, named);
  await host.libvirt.domainDefineXml(withMetadataOf(xml, await host.libvirt.domainGetXmlDesc(domain, { flags })), {
    timeoutMs: DEFINE_TIMEOUT_MS,
  });
  return settle(host, domain, { ...work, changes, xml, stamp: named });
}

/**
 * Ends a change of disks, also one before this that was cut short: what is attached is the VM's for good, and what was begun and is not
 * wanted any more goes.
 */
async function settle(
  { libvirt }: Host,
  domain: DomainRef,
  {
    changes,
    stamp,
    xml,
    plan,
    call,
  }: Work & { readonly changes: readonly VmChange[]; readonly xml: DomainXml; readonly stamp: DomainStamp },
): Promise<DomainStamp> {
  const isOfDisks = changes.some(({ kind }) => kind === 'Disks');
  if (stamp.making.length === 0 && !isOfDisks) return stamp;
  const checkBeforeEffect = () => call.checkBeforeEffect();
  const wanted = isOfDisks ? plan.disks.map(({ volume }) => volume) : [];
  const isForGood = (volume: NamedVolume) => wanted.includes(volume.name) || includesVolume(stamp.making, volume);
  const settled = await settleDisks(libvirt, { xml, isForGood, checkBeforeEffect });
  const left = stamp.making.filter((each) => !includesVolume(settled, each));
  const making = await clearLeftovers(libvirt, left, checkBeforeEffect);
  if (making.length === stamp.making.length) return stamp;
  const made = { ...stamp, making };
  checkBeforeEffect();
  await writeStamp(libvirt, domain, made);
  return made;
}

async function prepareVolumes(
  host: Host,
  owned: OwnedDomain,
  { changes, ...work }: Work & { readonly changes: readonly VmChange[] },
): Promise<PreparedDisks | undefined> {
  const wanted = changes.find(({ kind }) => kind === 'Disks');
  if (wanted?.kind !== 'Disks') return undefined;
  const diskWork = { ...work, owned, changes: diskChanges(wanted.disks, work.vm) };
  const { added, removed } = diskWork.changes;
  return added.length === 0 && removed.length === 0 ? undefined : prepareDisks(host, diskWork);
}

/** The stamp may have been written since the definition was read. */
function withMetadataOf(xml: DomainXml, latest: string): string {
  const metadata = DomainXml.parse(latest).root.find('metadata');
  if (metadata) xml.root.ensure('metadata').replaceWith(metadata);
  return xml.toString();
}

function edit(
  xml: DomainXml,
  { change, disks, ...work }: Work & { readonly change: VmChange; readonly disks: PreparedDisks | undefined },
): void {
  switch (change.kind) {
    case 'Cpus':
      xml.root.ensure('vcpu').setText(change.cpus).setAttribute('current', undefined);
      return;
    case 'Memory':
      for (const name of ['memory', 'currentMemory']) {
        xml.root
          .ensure(name)
          .setText(change.memoryBytes / KIB)
          .setAttribute('unit', 'KiB');
      }
      return;
    case 'Disks':
      disks?.edit(xml);
      return;
    case 'Nics':
      if (nicsDiffer(change.nics, work.vm)) editNics(xml, work.plan);
      return;
    case 'Root':
    case 'Tags':
      return;
  }
}

/** What is no part of the next start's definition. */
async function apply(
  host: Host,
  { domain, stamp }: OwnedDomain,
  { vm, change, call }: Work & { readonly change: VmChange },
): Promise<void> {
  if (change.kind === 'Tags') {
    call.checkBeforeEffect();
    await writeStamp(host.libvirt, domain, { ...stamp, tags: change.tags });
  }
  if (change.kind === 'Root') {
    const disk = rootOf(vm);
    const sizeBytes = change.root.sizeBytes ?? 0;
    if (disk && sizeBytes > disk.sizeBytes) await grow(host, domain, { path: disk.path, sizeBytes, call });
  }
  if (change.kind === 'Disks') {
    for (const disk of diskChanges(change.disks, vm).grown) await grow(host, domain, { ...disk, call });
  }
}

async function grow(
  { libvirt }: Host,
  domain: DomainRef,
  { path, sizeBytes, call }: { readonly path: string; readonly sizeBytes: number; readonly call: MutationContext },
): Promise<void> {
  const size = BigInt(sizeBytes);
  // QEMU also shrinks a disk that runs, and what was beyond is lost; and what was seen before may be old, or unknown.
  const { capacityBytes } = await libvirt.domainGetBlockInfo(domain, path);
  if (capacityBytes === size) return;
  if (capacityBytes > size) {
    throw invalidField(
      'desired',
      `${path} has ${String(capacityBytes)} bytes, more than ${String(size)}: disks only grow`,
    );
  }
  call.checkBeforeEffect();
  if (domain.id === -1) await libvirt.volResize(await libvirt.volLookupByPath(path), size);
  else await libvirt.domainBlockResize(domain, { disk: path, sizeBytes: size });
}
