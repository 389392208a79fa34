import {
  Capability,
  Connection,
  Firmware,
  GuestAgentState,
  Lifecycle,
  PowerOp,
  PowerReason,
  PowerState,
  ReplicaMode,
  TaskState,
} from '@virtrigaud/grpc-contract/server';
import type { CapabilityName } from '../domain/capability.ts';
import type { Task } from '../domain/task.ts';
import type * as domain from '../domain/vm-state.ts';
import type { PowerOperation } from '../implementation.ts';

export const powerStates: Readonly<Record<domain.PowerState, PowerState>> = {
  On: PowerState.ON,
  Off: PowerState.OFF,
  Suspended: PowerState.SUSPENDED,
  Crashed: PowerState.CRASHED,
  Unknown: PowerState.UNSPECIFIED,
};

export const powerReasons: Readonly<Record<domain.PowerReason, PowerReason>> = {
  User: PowerReason.USER,
  IoError: PowerReason.IO_ERROR,
  Snapshot: PowerReason.SNAPSHOT,
  Migration: PowerReason.MIGRATION,
  GuestPanic: PowerReason.GUEST_PANIC,
  Starting: PowerReason.STARTING,
  GuestShutdown: PowerReason.GUEST_SHUTDOWN,
};

export const lifecycles: Readonly<Record<NonNullable<domain.VmState['lifecycle']>, Lifecycle>> = {
  Creating: Lifecycle.CREATING,
  Ready: Lifecycle.READY,
  Deleting: Lifecycle.DELETING,
};

export const connections: Readonly<Record<NonNullable<domain.VmState['connection']>, Connection>> = {
  Connected: Connection.CONNECTED,
  Disconnected: Connection.DISCONNECTED,
  Inaccessible: Connection.INACCESSIBLE,
  Orphaned: Connection.ORPHANED,
};

export const guestAgentStates: Readonly<Record<NonNullable<domain.VmState['guestAgent']>, GuestAgentState>> = {
  Connected: GuestAgentState.CONNECTED,
  Disconnected: GuestAgentState.DISCONNECTED,
  Absent: GuestAgentState.ABSENT,
};

export const firmwares: Readonly<Record<'Bios' | 'Uefi', Firmware>> = { Bios: Firmware.BIOS, Uefi: Firmware.UEFI };

export const taskStates: Readonly<Record<Task['state'], TaskState>> = {
  Running: TaskState.RUNNING,
  Succeeded: TaskState.SUCCEEDED,
  Failed: TaskState.FAILED,
  Cancelled: TaskState.CANCELLED,
};

export const replicaModes = {
  ActiveStandby: ReplicaMode.ACTIVE_STANDBY,
  ActiveActive: ReplicaMode.ACTIVE_ACTIVE,
} as const;

export const capabilities: Readonly<Record<CapabilityName, Capability>> = {
  ReconfigureOnlineCPU: Capability.RECONFIGURE_ONLINE_CPU,
  ReconfigureOnlineMemory: Capability.RECONFIGURE_ONLINE_MEMORY,
  DiskGrowOnline: Capability.DISK_GROW_ONLINE,
  DiskHotplug: Capability.DISK_HOTPLUG,
  NicHotplug: Capability.NIC_HOTPLUG,
  GracefulShutdown: Capability.GRACEFUL_SHUTDOWN,
  Suspend: Capability.SUSPEND,
  CloudInit: Capability.CLOUD_INIT,
  Ignition: Capability.IGNITION,
  ImagePrepare: Capability.IMAGE_PREPARE,
  Adopt: Capability.ADOPT,
};

const powerOperations: Readonly<Partial<Record<PowerOp, PowerOperation>>> = {
  [PowerOp.ON]: 'On',
  [PowerOp.OFF]: 'Off',
  [PowerOp.REBOOT]: 'Reboot',
  [PowerOp.SHUTDOWN_GRACEFUL]: 'ShutdownGraceful',
  [PowerOp.SUSPEND]: 'Suspend',
  [PowerOp.RESUME]: 'Resume',
  [PowerOp.RESET]: 'Reset',
};

/** Undefined for an operation that this release does not know. */
export const powerOperationOf = (op: PowerOp): PowerOperation | undefined => powerOperations[op];

export const firmwareOf = (firmware: Firmware): 'Bios' | 'Uefi' | undefined =>
  firmware === Firmware.BIOS ? 'Bios' : firmware === Firmware.UEFI ? 'Uefi' : undefined;
