import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Backdoor } from '@virtrigaud/conformance';
import { DomainXml, DomainXmlFlag } from '@virtrigaud/libvirt-client';
import { randomUUID } from 'node:crypto';
import { openLab, remove, type Lab } from '../../packages/provider-libvirt/integration/lab.ts';
import { describeWithLibvirt } from '../../packages/provider-libvirt/integration/requirements.ts';
import { served } from '../../packages/provider-libvirt/integration/scene.ts';
import { conformanceOf } from './fixtures/conformance-of.ts';
import { profileOf } from './fixtures/profile-of.ts';

/** libvirt's own calls, past the provider. */
function libvirtBackdoor({ libvirt, domain }: Lab): Backdoor {
  return {
    listVmIds: async () => (await libvirt.listAllDomains()).map(({ uuid }) => uuid),
    defineVm: async (name) => {
      const xml = DomainXml.create('qemu', name);
      xml.root.append('memory', { attributes: { unit: 'MiB' }, text: 64 });
      xml.root.append('os').append('type', { attributes: { arch: 'x86_64', machine: 'q35' }, text: 'hvm' });
      return (await libvirt.domainDefineXml(xml.toString())).uuid;
    },
    copyVm: async (id, name) => {
      const original = await libvirt.domainLookupByUuid(id);
      const copy = DomainXml.parse(await libvirt.domainGetXmlDesc(original, { flags: DomainXmlFlag.inactive }));
      const uuid = randomUUID();
      copy.root.ensure('uuid').setText(uuid);
      copy.root.ensure('name').setText(name);
      return (await libvirt.domainDefineXml(copy.toString())).uuid;
    },
    removeVm: async (id) => remove(libvirt, await domain(id)),
  };
}

describeWithLibvirt('provider-libvirt, on a real libvirtd', (guestImage) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab(guestImage);
  }, 60_000);
  afterAll(async () => {
    await lab.close();
  });

  it('keeps the promises of the contract, with real volumes', async () => {
    const profile = profileOf({
      image: { path: lab.imagePath, storage: lab.pool },
      network: lab.network,
      storage: lab.pool,
      extension: { 'libvirt.virtType': 'qemu' },
    });
    const before = await lab.volumes();
    const report = await served((client) => conformanceOf({ client, profile, backdoor: libvirtBackdoor(lab) }));
    expect(report).toMatchObject({ ok: true, failed: 0, leftovers: [] });
    expect(report.passed).toBeGreaterThanOrEqual(65);
    // The prepared image stays: no call of the contract removes one.
    const made = (await lab.volumes()).filter((name) => !before.includes(name) && !name.startsWith('vr-img-'));
    expect(made).toEqual([]);
  });
});
