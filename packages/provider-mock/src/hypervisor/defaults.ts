import type { Hardware, Placement, ResourceLimits } from './records.ts';

export const noLimits: ResourceLimits = {
  cpuReservationMhz: 0,
  cpuLimitMhz: 0,
  cpuShares: 0,
  memoryReservationBytes: 0,
  memoryLimitBytes: 0,
};

/** What a VM is built of when nobody says more. */
export const plainHardware: Hardware = {
  cpus: 1,
  memoryBytes: 1024 ** 3,
  maxCpus: 0,
  maxMemoryBytes: 0,
  firmware: 'bios',
  secureBoot: false,
  tpm: false,
  nestedVirtualization: false,
  limits: noLimits,
};

export const emptyPlacement: Placement = {
  cluster: '',
  host: '',
  datastore: '',
  storagePod: '',
  folder: '',
  resourcePool: '',
};
