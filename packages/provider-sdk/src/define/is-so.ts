import type { VmChange, VmChangeKind } from '../domain/changes.ts';
import type { DiskSpec, NicSpec, RootDisk } from '../domain/vm-spec.ts';
import type { NicState, VmState } from '../domain/vm-state.ts';

/**
 * Whether a VM is as the change wants it already, so that nothing has to be able to make it so. What counts when a VM is made, and never
 * again (provisioning, storage, bus, a static address), makes no difference here. Pure.
 */
export function isSo(state: VmState, change: VmChange): boolean {
  return isAsWanted(state, change) && !waits(state, change);
}

function isAsWanted(state: VmState, change: VmChange): boolean {
  switch (change.kind) {
    case 'Cpus':
      return change.cpus === state.cpus;
    case 'Memory':
      return change.memoryBytes === state.memoryBytes;
    case 'Root':
      return hasRoot(state, change.root);
    case 'Disks':
      return hasDisks(state, change.disks);
    case 'Nics':
      return hasNics(state, change.nics);
    case 'Tags':
      return hasTags(state, change.tags);
  }
}

const pathOf = {
  Cpus: 'compute.cpus',
  Memory: 'compute.memory_bytes',
  Root: 'root',
  Disks: 'disks',
  Nics: 'nics',
  Tags: 'tags',
} as const satisfies Record<VmChangeKind, string>;

/** Whether something else than what runs waits for the next start. */
function waits({ restartRequired = [] }: VmState, { kind }: VmChange): boolean {
  return restartRequired.some(({ field }) => field === pathOf[kind]);
}

function hasRoot({ disks = [] }: VmState, { sizeBytes }: RootDisk): boolean {
  return sizeBytes === undefined || disks.find(({ root }) => root)?.sizeBytes === sizeBytes;
}

/** Told apart by name. */
function hasDisks({ disks = [] }: VmState, wanted: readonly DiskSpec[]): boolean {
  const attached = disks.filter(({ root, detached }) => !root && !detached);
  const sizes = new Map(attached.map(({ name, sizeBytes }) => [name, sizeBytes]));
  return attached.length === wanted.length && wanted.every(({ name, sizeBytes }) => sizes.get(name) === sizeBytes);
}

/** In the guest's order. */
function hasNics({ nics = [] }: VmState, wanted: readonly NicSpec[]): boolean {
  return nics.length === wanted.length && wanted.every((nic, index) => isNic(nics[index], nic));
}

function isNic(now: NicState | undefined, nic: NicSpec): boolean {
  if (now?.name !== nic.name) return false;
  const isAsked = (part: 'network' | 'bridge' | 'model' | 'mac' | 'vlan') =>
    nic[part] === undefined || String(nic[part]).toLowerCase() === String(now[part]).toLowerCase();
  return (['network', 'bridge', 'model', 'mac', 'vlan'] as const).every(isAsked);
}

function hasTags({ tags = {} }: VmState, wanted: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(wanted);
  return names.length === Object.keys(tags).length && names.every((name) => tags[name] === wanted[name]);
}
