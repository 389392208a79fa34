import {
  Connection,
  GuestAgentState,
  Lifecycle,
  PowerReason,
  Firmware,
  VirtualMachineState,
} from '@virtrigaud/grpc-contract/server';
import { createHash } from 'node:crypto';
import type { DiskState, NicState, VmState } from '../domain/vm-state.ts';
import { connections, firmwares, guestAgentStates, lifecycles, powerReasons, powerStates } from './enums.ts';

/** Encodes a VM for the watch and the lists: without what only Describe tells, and with its revision. */
export function encodeState(vm: VmState): VirtualMachineState {
  const state = encodeFields(vm);
  return { ...state, revision: revisionOf(state) };
}

/** Encodes a VM for Describe. Same revision as in the lists. */
export function encodeDescribed(vm: VmState): VirtualMachineState {
  const used = new Map((vm.disks ?? []).map((disk) => [disk.id, disk.usedBytes]));
  const state = encodeState(vm);
  return {
    ...state,
    disks: state.disks.map((disk) => ({ ...disk, usedBytes: BigInt(used.get(disk.id) ?? 0) })),
    details: vm.details && { ...vm.details },
  };
}

/** Equal if and only if what a watcher sees is equal; without order. */
function revisionOf(state: VirtualMachineState): string {
  const nics = state.nics.map((nic) => ({ ...nic, addresses: [...nic.addresses].sort() }));
  const canonical = { ...state, nics: sorted(nics, ({ name, mac }) => `${name} ${mac}`) };
  return createHash('sha256').update(VirtualMachineState.encode(canonical).finish()).digest('base64url').slice(0, 22);
}

function encodeFields(vm: VmState): VirtualMachineState {
  return {
    id: vm.id,
    name: vm.name,
    owner: vm.owner && { ...vm.owner },
    copiedFrom: vm.copiedFrom ?? '',
    lifecycle: vm.lifecycle ? lifecycles[vm.lifecycle] : Lifecycle.READY,
    pendingOperationId: vm.pendingOperationId ?? '',
    taskId: vm.taskId ?? '',
    connection: vm.connection ? connections[vm.connection] : Connection.CONNECTED,
    powerState: powerStates[vm.power],
    powerReason: vm.powerReason ? powerReasons[vm.powerReason] : PowerReason.UNSPECIFIED,
    transitioning: vm.transitioning ?? false,
    question: vm.question ?? '',
    cpus: vm.cpus,
    memoryBytes: BigInt(vm.memoryBytes),
    maxCpus: vm.maxCpus ?? 0,
    maxMemoryBytes: BigInt(vm.maxMemoryBytes ?? 0),
    firmware: vm.firmware ? firmwares[vm.firmware] : Firmware.UNSPECIFIED,
    secureBoot: vm.secureBoot ?? false,
    tpm: vm.tpm ?? false,
    limits: vm.limits && {
      ...vm.limits,
      memoryReservationBytes: BigInt(vm.limits.memoryReservationBytes),
      memoryLimitBytes: BigInt(vm.limits.memoryLimitBytes),
    },
    disks: sorted(vm.disks ?? [], (disk) => `${disk.root ? '0' : '1'}${disk.name}${disk.id}`).map(encodeDisk),
    nics: (vm.nics ?? []).map(encodeNic),
    hostname: vm.hostname ?? '',
    guestOs: vm.guestOs ?? '',
    guestAgent: vm.guestAgent ? guestAgentStates[vm.guestAgent] : GuestAgentState.UNSPECIFIED,
    host: vm.host ?? '',
    bootedAt: vm.bootedAt,
    tags: Object.fromEntries(sorted(Object.entries(vm.tags ?? {}), ([key]) => key)),
    restartRequired: sorted(vm.restartRequired ?? [], ({ field }) => field).map((drift) => ({ ...drift })),
    revision: '',
    details: undefined,
  };
}

function encodeDisk(disk: DiskState) {
  return {
    name: disk.name,
    id: disk.id,
    path: disk.path,
    sizeBytes: BigInt(disk.sizeBytes),
    format: disk.format ?? '',
    provisioning: disk.provisioning ?? '',
    storage: disk.storage ?? '',
    bus: disk.bus ?? '',
    root: disk.root ?? false,
    detached: disk.detached ?? false,
    usedBytes: 0n,
  };
}

function encodeNic(nic: NicState) {
  return {
    name: nic.name,
    mac: nic.mac,
    network: nic.network ?? '',
    bridge: nic.bridge ?? '',
    model: nic.model ?? '',
    vlan: nic.vlan ?? 0,
    addresses: [...(nic.addresses ?? [])],
  };
}

function sorted<T>(items: readonly T[], key: (item: T) => string): T[] {
  const keyed = items.map((item) => ({ item, key: key(item) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ item }) => item);
}
