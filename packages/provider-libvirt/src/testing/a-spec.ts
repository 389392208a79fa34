import type { Owner, VmSpec } from '@virtrigaud/provider-sdk';

/** An owner of a VM. */
export const anOwner: Owner = {
  clusterId: 'cluster-1',
  namespace: 'default',
  name: 'web',
  uid: '3f2c9f0e-3f0a-4d0e-9d3a-2f6d7c1b5a42',
  kind: 'VirtualMachine',
};

/** A small VM; `overrides` replace whole members. */
export function aSpec(overrides: Partial<VmSpec> = {}): VmSpec {
  return {
    name: 'default.web',
    compute: {
      cpus: 2,
      memoryBytes: 512 * 1024 ** 2,
      firmware: undefined,
      secureBoot: false,
      tpm: false,
      nestedVirtualization: false,
      maxCpus: undefined,
      maxMemoryBytes: undefined,
      limits: undefined,
    },
    boot: undefined,
    root: { sizeBytes: undefined, provisioning: undefined, storage: undefined, bus: undefined },
    disks: [],
    nics: undefined,
    guestInit: undefined,
    placement: { cluster: '', host: '', datastore: '', storagePod: '', folder: '', resourcePool: '' },
    tags: {},
    extension: {},
    ...overrides,
  };
}
