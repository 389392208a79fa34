import { describe, expect, it } from '@jest/globals';
import { DomainXml } from '@virtrigaud/libvirt-client';
import fc from 'fast-check';
import { aSpec, anOwner } from '../testing/a-spec.ts';
import { domainXmlOf } from './domain-xml-of.ts';
import { machineSettings } from './settings.ts';
import { offersUefi } from './firmware.ts';
import { planMachine } from './machine-plan.ts';

const empty = { provisioning: undefined, storage: undefined, bus: undefined } as const;
const nic = {
  network: 'lan',
  bridge: undefined,
  model: undefined,
  mac: undefined,
  vlan: undefined,
  staticAddress: undefined,
};
const stamp = { owner: anOwner, carrier: anOwner.uid, once: [], making: [], tags: {}, aliases: {} };
const xmlOf = (spec = aSpec(), virtType = 'qemu') =>
  DomainXml.parse(domainXmlOf(planMachine(spec, anOwner, virtType), stamp, '/pool'));

describe('domainXmlOf', () => {
  it('P05 takes the owner uid for the UUID', () => {
    expect(xmlOf().uuid).toBe(anOwner.uid);
  });

  it('P86 gives each disk a target of its own, its path in the pool, and its name as alias', () => {
    const disks = [
      { ...empty, name: 'a', sizeBytes: 1 },
      { ...empty, name: 'b', sizeBytes: 1, bus: 'scsi' },
      { ...empty, name: 'c', sizeBytes: 1, bus: 'sata' },
    ];
    const found = xmlOf(aSpec({ disks })).devices.findAll('disk');
    expect(
      found.map((disk) => [
        disk.attributeAt('target', 'dev'),
        disk.attributeAt('target', 'bus'),
        disk.attributeAt('alias', 'name'),
        disk.attributeAt('source', 'file'),
      ]),
    ).toEqual([
      ['vda', 'virtio', 'ua-root', `/pool/vr-${anOwner.uid}-root.qcow2`],
      ['vdb', 'virtio', 'ua-disk-a', `/pool/vr-${anOwner.uid}-disk-a.qcow2`],
      ['sda', 'scsi', 'ua-disk-b', `/pool/vr-${anOwner.uid}-disk-b.qcow2`],
      ['sdb', 'sata', 'ua-disk-c', `/pool/vr-${anOwner.uid}-disk-c.qcow2`],
      ['sdc', 'scsi', 'ua-seed', `/pool/vr-${anOwner.uid}-seed.iso`],
    ]);
  });

  it('P86 keeps ports free for hot-plug on q35, and has none elsewhere', () => {
    const ports = (spec = aSpec()) => xmlOf(spec).devices.findAll("controller[@model='pcie-root-port']").length;
    expect(ports()).toBe(12);
    expect(ports(aSpec({ extension: { 'libvirt.machine': 'pc' } }))).toBe(0);
  });

  it('has as much memory as was asked for and no ceiling', () => {
    const { root } = xmlOf();
    expect([root.textAt('memory'), root.textAt('currentMemory'), root.textAt('vcpu')]).toEqual([
      '524288',
      '524288',
      '2',
    ]);
    expect(root.find('maxMemory')).toBeUndefined();
  });

  it('attaches NICs to networks and bridges', () => {
    const nics = [
      { ...nic, name: 'a' },
      { ...nic, name: 'b', network: undefined, bridge: 'br0', mac: '02:00:00:00:00:01' },
    ];
    const found = xmlOf(aSpec({ nics })).devices.findAll('interface');
    expect(
      found.map((each) => [
        each.attribute('type'),
        each.attributeAt('source', 'network'),
        each.attributeAt('source', 'bridge'),
      ]),
    ).toEqual([
      ['network', 'lan', undefined],
      ['bridge', undefined, 'br0'],
    ]);
    expect(found[1]?.attributeAt('mac', 'address')).toBe('02:00:00:00:00:01');
  });

  it('P91 stays one well-formed domain, whatever the names are', () => {
    const text = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(text, text, text, (name, network, device) => {
        const spec = aSpec({ name, nics: [{ ...nic, name: device, network }], tags: { [device]: name } });
        const domain = xmlOf(spec);
        expect(domain.root.find('name')?.children).toEqual([]);
        expect(domain.devices.findAll('interface')).toHaveLength(1);
        expect(domain.devices.find('interface')?.attributeAt('source', 'network')).toBe(network);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the machine', () => {
  it('offers UEFI where libvirt lists it', () => {
    const capabilities = (values: string) =>
      `<domainCapabilities><os><enum name='firmware'>${values}</enum></os></domainCapabilities>`;
    expect(offersUefi(capabilities('<value>efi</value>'))).toBe(true);
    expect(offersUefi(capabilities(''))).toBe(false);
    expect(offersUefi('<domainCapabilities><os/></domainCapabilities>')).toBe(false);
  });

  it('emulates a processor by default where there is no KVM', () => {
    expect(machineSettings({}, 'qemu').cpuMode).toBe('default');
    expect(machineSettings({}, 'kvm').cpuMode).toBe('host-model');
  });
});
