import { ownershipOf } from '@virtrigaud/provider-sdk';
import type { DiskState, Drift, NicState, Owner, PowerReason, PowerState, VmState } from '@virtrigaud/provider-sdk';
import { addressesOf, isGuestUp } from '../hypervisor/guest.ts';
import type { Hardware, VmRecord, VolumeRecord } from '../hypervisor/records.ts';

/** A VM as it is found: the record and its volumes at one moment. */
export interface FoundVm {
  readonly record: VmRecord;
  readonly volumes: readonly VolumeRecord[];
}

const powers = { on: 'On', off: 'Off', suspended: 'Suspended', crashed: 'Crashed' } satisfies Record<
  VmRecord['power'],
  PowerState
>;
const lifecycles = { creating: 'Creating', ready: 'Ready', deleting: 'Deleting' } as const;
const connections = { disconnected: 'Disconnected', inaccessible: 'Inaccessible', orphaned: 'Orphaned' } as const;
const reasons = {
  'guest-shutdown': 'GuestShutdown',
  'guest-panic': 'GuestPanic',
  'io-error': 'IoError',
} satisfies Record<NonNullable<VmRecord['powerReason']>, PowerReason>;

/** A VM as the contract shows it, at `now`. Nothing in it ticks. */
export function stateOf({ record, volumes }: FoundVm, now: number): VmState {
  const hardware = record.live ?? record.configured;
  const up = isGuestUp(record, now);
  return {
    id: record.id,
    name: record.name,
    ...ownershipOf(record.stamp && { ...record.stamp, owner: record.stamp.owner as Owner }, record.id),
    lifecycle: lifecycles[record.lifecycle],
    pendingOperationId: record.operation?.id,
    connection: record.connection && connections[record.connection],
    question: record.question,
    power: powers[record.power],
    powerReason: record.powerReason ? reasons[record.powerReason] : record.power === 'suspended' ? 'User' : undefined,
    cpus: hardware.cpus,
    memoryBytes: hardware.memoryBytes,
    maxCpus: hardware.maxCpus || undefined,
    maxMemoryBytes: hardware.maxMemoryBytes || undefined,
    firmware: hardware.firmware === 'uefi' ? 'Uefi' : 'Bios',
    secureBoot: hardware.secureBoot,
    tpm: hardware.tpm,
    limits: hardware.limits,
    disks: volumes.filter(({ role }) => role !== 'seed').map(diskOf),
    nics: record.nics.map((nic): NicState => ({ ...nic, addresses: up ? addressesOf(nic) : [] })),
    hostname: up ? record.hostname : undefined,
    guestOs: up ? 'Mock Linux' : undefined,
    guestAgent: up ? 'Connected' : record.power === 'on' ? 'Disconnected' : 'Absent',
    host: record.placement.host || 'mock-host-1',
    bootedAt: record.bootedAt === undefined ? undefined : new Date(record.bootedAt),
    tags: record.tags,
    restartRequired: driftOf(record),
    details: { placement: record.placement, extension: record.extension },
  };
}

function diskOf(volume: VolumeRecord): DiskState {
  const { vmId, name, sizeBytes, format, provisioning, storage, bus, role, detached } = volume;
  const id = `${vmId}.${name}`;
  return {
    name,
    id,
    path: `${storage || 'default'}/${id}.${format}`,
    sizeBytes,
    format,
    provisioning,
    storage,
    bus,
    root: role === 'root',
    detached,
  };
}

const driftFields = [
  ['cpus', 'compute.cpus'],
  ['memoryBytes', 'compute.memory_bytes'],
  ['maxCpus', 'compute.max_cpus'],
  ['maxMemoryBytes', 'compute.max_memory_bytes'],
] as const satisfies readonly (readonly [keyof Hardware, string])[];

function driftOf({ live, configured }: VmRecord): readonly Drift[] {
  if (!live) return [];
  return driftFields
    .filter(([key]) => live[key] !== configured[key])
    .map(([key, field]) => ({ field, live: String(live[key]), configured: String(configured[key]) }));
}
