export { mockProvider as default } from './provider/mock-provider.ts';
export { openMockHypervisor } from './open-mock-hypervisor.ts';
export type { BackdoorChange, FaultSetting, ForeignVm, MockHypervisorAccess } from './open-mock-hypervisor.ts';
export type { Knobs, KnobSettings } from './hypervisor/knobs.ts';
export type {
  Hardware,
  ImageRecord,
  Nic,
  OwnerStamp,
  Power,
  Stamp,
  VmRecord,
  VolumeRecord,
} from './hypervisor/records.ts';
export { HypervisorError } from './hypervisor/hypervisor-error.ts';
export type { HypervisorErrorCode } from './hypervisor/hypervisor-error.ts';
