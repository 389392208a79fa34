import { describe, expect, it } from '@jest/globals';
import { ProviderError } from '@virtrigaud/provider-sdk';
import { aSpec, anOwner } from '../testing/a-spec.ts';
import { planMachine } from './machine-plan.ts';

const { compute, placement } = aSpec();
const disk = { name: 'data', sizeBytes: 1024, provisioning: undefined, storage: undefined, bus: undefined } as const;
const nic = {
  name: 'a',
  network: undefined,
  bridge: undefined,
  model: undefined,
  mac: undefined,
  vlan: undefined,
  staticAddress: undefined,
} as const;

describe('planMachine', () => {
  it('fills in what was left open: pool, network, MAC, machine', () => {
    expect(planMachine(aSpec(), anOwner, 'kvm')).toMatchObject({
      pool: 'default',
      nics: [{ name: 'default', network: 'default', mac: expect.stringMatching(/^52:54:00:/) }],
      settings: { machine: 'q35', virtType: 'kvm', cpuMode: 'host-model', rootDisk: 'overlay' },
      firmware: 'Bios',
      root: { volume: `vr-${anOwner.uid}-root.qcow2`, bus: 'virtio', allocation: 'sparse' },
    });
  });

  it('lets the settings of the VM win over what the host offers', () => {
    const extension = { 'libvirt.virtType': 'qemu', 'libvirt.machine': 'pc', 'libvirt.rootDisk': 'copy' };
    expect(planMachine(aSpec({ extension }), anOwner, 'kvm').settings).toEqual({
      virtType: 'qemu',
      machine: 'pc',
      cpuMode: 'default',
      rootDisk: 'copy',
    });
  });

  it('takes an empty list of NICs for none', () => {
    expect(planMachine(aSpec({ nics: [] }), anOwner, 'qemu').nics).toEqual([]);
  });

  it.each([
    ['Secure Boot', aSpec({ compute: { ...compute, secureBoot: true } }), 'Unimplemented', 'secure_boot'],
    ['a TPM', aSpec({ compute: { ...compute, tpm: true } }), 'Unimplemented', 'tpm'],
    ['nesting', aSpec({ compute: { ...compute, nestedVirtualization: true } }), 'Unimplemented', 'nested'],
    ['a ceiling', aSpec({ compute: { ...compute, maxCpus: 8 } }), 'Unimplemented', 'max_cpus'],
    ['a host', aSpec({ placement: { ...placement, host: 'h1' } }), 'InvalidArgument', 'spec.placement.host'],
    ['two pools', aSpec({ disks: [{ ...disk, storage: 'other' }] }), 'InvalidArgument', 'spec.disks[0].storage'],
    ['a foreign bus', aSpec({ disks: [{ ...disk, bus: 'ide' }] }), 'InvalidArgument', 'spec.disks[0].bus'],
    [
      'zeroed qcow2',
      aSpec({ disks: [{ ...disk, provisioning: 'eagerzeroedthick' }] }),
      'InvalidArgument',
      'spec.disks[0].provisioning',
    ],
    ['a VLAN', aSpec({ nics: [{ ...nic, vlan: 5 }] }), 'InvalidArgument', 'vlan'],
    ['network and bridge', aSpec({ nics: [{ ...nic, network: 'n', bridge: 'b' }] }), 'InvalidArgument', 'bridge'],
    ['Ignition', aSpec({ guestInit: { kind: 'Ignition', config: new Uint8Array() } }), 'Unimplemented', 'Ignition'],
  ] as const)('refuses %s by the name of the field', (_, spec, code, words) => {
    const plan = () => planMachine(spec, anOwner, 'qemu');
    expect(plan).toThrow(ProviderError);
    expect(plan).toThrow(expect.objectContaining({ providerCode: code, message: expect.stringContaining(words) }));
  });
});
