import { DomainXml, DomainXmlFlag } from '@virtrigaud/libvirt-client';
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
import type { Host } from '../session/host.ts';
import { requireStamp, type OwnedDomain } from './require-stamp.ts';
import { writeStamp } from './write-stamp.ts';

const KIB = 1024;

/**
 * Brings changes about. Processors and memory are set for the next start, and live where the VM is off; a running VM shows the
 * difference until then. Tags hold at once, the root disk grows at once. What cannot be done is refused before anything is changed.
 */
export async function reconfigureVm(
  host: Host,
  { vm, changes, validateOnly }: ReconfigureVm,
  call: MutationContext,
): Promise<Accepted> {
  return asProvider<undefined>(`VM ${vm.name}`, async () => {
    for (const change of changes) check(change, vm);
    if (validateOnly) return;
    const owned = await requireStamp(host, vm, call.owner);
    await configure(host, owned, { changes, call });
    for (const change of changes) {
      if (change.kind === 'Tags') await setTags(host, owned, { tags: change.tags, call });
      if (change.kind === 'Root') await growRoot(host, owned, { root: change.root, vm, call });
    }
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
      if (!sameDisks(change.disks, vm)) throw capabilityMissing('change data disks of a VM that exists (disks)');
      return;
    case 'Nics':
      if (!sameNics(change.nics, vm)) throw capabilityMissing('change NICs of a VM that exists (nics)');
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

function sameDisks(wanted: Extract<VmChange, { kind: 'Disks' }>['disks'], vm: VmState): boolean {
  const has = new Map((vm.disks ?? []).filter(({ root }) => !root).map((disk) => [disk.name, disk.sizeBytes]));
  return wanted.length === has.size && wanted.every(({ name, sizeBytes }) => has.get(name) === sizeBytes);
}

function sameNics(wanted: Extract<VmChange, { kind: 'Nics' }>['nics'], vm: VmState): boolean {
  const has = vm.nics ?? [];
  return (
    wanted.length === has.length &&
    wanted.every((nic, index) => {
      const now = has[index];
      return (
        now?.name === nic.name &&
        now.network === nic.network &&
        now.bridge === nic.bridge &&
        (nic.model === undefined || nic.model === now.model) &&
        (nic.mac === undefined || nic.mac.toLowerCase() === now.mac)
      );
    })
  );
}

interface Configuring {
  readonly changes: readonly VmChange[];
  readonly call: MutationContext;
}

/** One redefinition for all that the next start reads: everything else in it, ours or not, stays as it was. */
async function configure({ libvirt }: Host, { domain }: OwnedDomain, { changes, call }: Configuring): Promise<void> {
  const flags = DomainXmlFlag.inactive | DomainXmlFlag.secure;
  const before = await libvirt.domainGetXmlDesc(domain, { flags });
  const xml = DomainXml.parse(before);
  for (const change of changes) {
    if (change.kind === 'Cpus') xml.root.ensure('vcpu').setText(change.cpus).setAttribute('current', undefined);
    if (change.kind === 'Memory') setMemory(xml, change.memoryBytes);
  }
  if (xml.toString() === DomainXml.parse(before).toString()) return;
  call.checkBeforeEffect();
  await libvirt.domainDefineXml(xml.toString(), { timeoutMs: DEFINE_TIMEOUT_MS });
}

const DEFINE_TIMEOUT_MS = 120_000;

function setMemory({ root }: DomainXml, memoryBytes: number): void {
  for (const name of ['memory', 'currentMemory']) {
    root
      .ensure(name)
      .setText(memoryBytes / KIB)
      .setAttribute('unit', 'KiB');
  }
}

async function setTags(
  { libvirt }: Host,
  { domain, stamp }: OwnedDomain,
  { tags, call }: { readonly tags: Readonly<Record<string, string>>; readonly call: MutationContext },
): Promise<void> {
  call.checkBeforeEffect();
  await writeStamp(libvirt, domain, { ...stamp, tags });
}

async function growRoot(
  { libvirt }: Host,
  { domain }: OwnedDomain,
  { root, vm, call }: { readonly root: RootDisk; readonly vm: VmState; readonly call: MutationContext },
): Promise<void> {
  const disk = rootOf(vm);
  if (!disk || root.sizeBytes === undefined || root.sizeBytes <= disk.sizeBytes) return;
  call.checkBeforeEffect();
  const sizeBytes = BigInt(root.sizeBytes);
  if (domain.id === -1) await libvirt.volResize(await libvirt.volLookupByPath(disk.path), sizeBytes);
  else await libvirt.domainBlockResize(domain, { disk: disk.path, sizeBytes });
}
