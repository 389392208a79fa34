import { emptyPlacement, plainHardware } from '../hypervisor/defaults.ts';
import type { OwnerStamp } from '../hypervisor/records.ts';
import type { WantedVm } from '../operations/wanted.ts';

/** An owner of that name in namespace `default`; its uid follows from the name. */
export function ownerCalled(name: string): OwnerStamp {
  return { clusterId: 'c1', namespace: 'default', name, uid: `uid-${name}`, kind: 'VirtualMachine' };
}

/** A small VM with a root disk, a data disk, a NIC and a seed. */
export function wantedVm(changes: Partial<WantedVm> = {}): WantedVm {
  return {
    name: 'default.web',
    hostname: 'web',
    hardware: plainHardware,
    source: { kind: 'source', source: 'tiny' },
    root: { name: 'root', sizeBytes: 0, provisioning: 'thin', storage: '', bus: 'virtio' },
    disks: [{ name: 'data', sizeBytes: 1024 ** 3, provisioning: 'thin', storage: '', bus: 'virtio' }],
    nics: [{ name: 'lan', mac: '', network: 'default', bridge: '', model: 'virtio', vlan: 0 }],
    seed: { userData: Buffer.from('#cloud-config\n').toString('base64') },
    tags: {},
    extension: {},
    placement: emptyPlacement,
    ...changes,
  };
}
