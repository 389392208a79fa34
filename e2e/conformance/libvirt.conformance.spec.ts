import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { allChecks, type Backdoor } from '@virtrigaud/conformance';
import { DEFAULT_SOCKET_PATH, DomainXml, DomainXmlFlag } from '@virtrigaud/libvirt-client';
import provider from '@virtrigaud/provider-libvirt';
import { withServedProvider } from '@virtrigaud/provider-sdk/testing';
import { randomUUID } from 'node:crypto';
import { openLab, remove, type Lab } from '../../packages/provider-libvirt/integration/lab.ts';
import { describeWithLibvirt } from '../../packages/provider-libvirt/integration/requirements.ts';
import { conformanceOf, notRun } from './fixtures/conformance-of.ts';
import { SeverableSocket } from './fixtures/severable-socket.ts';
import { profileOf } from './fixtures/profile-of.ts';

const slowCreates = allChecks.filter(({ backdoor }) => backdoor?.includes('delayCreates')).map(({ id }) => id);

/** libvirt's own calls, past the provider. */
function libvirtBackdoor({ libvirt, domain, volumes, poolPath }: Lab, way: SeverableSocket): Backdoor {
  return {
    listVmIds: async () => (await libvirt.listAllDomains()).map(({ uuid }) => uuid),
    listDiskIds: async () => (await volumes()).map((name) => `${poolPath}/${name}`),
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
    cutOff: () => way.cut(),
    reconnect: () => way.mend(),
  };
}

describeWithLibvirt('provider-libvirt, on a real libvirtd', (guestImage) => {
  let lab: Lab;
  let way: SeverableSocket;
  beforeAll(async () => {
    lab = await openLab(guestImage);
    way = await SeverableSocket.open(DEFAULT_SOCKET_PATH);
  }, 60_000);
  afterAll(async () => {
    await way.close();
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
    const endpoint = `qemu+unix:///system?socket=${way.path}`;
    const report = await withServedProvider(provider, { endpoint }, ({ client }) =>
      conformanceOf({ client, profile, backdoor: libvirtBackdoor(lab, way) }),
    );
    expect(report).toMatchObject({ ok: true, failed: 0, leftovers: [] });
    // A unix socket asks for no password, libvirt does not say since when a VM runs, and nothing slows a Create down by as much as can be waited for.
    // Disks and NICs come and go while the VM is off.
    expect(notRun(report)).toEqual([
      'power/reboot-once',
      'absence/refused-logins',
      ...slowCreates,
      'disk/hotplug',
      'nic/hotplug',
    ]);
    // The prepared image stays: no call of the contract removes one.
    const made = (await lab.volumes()).filter((name) => !before.includes(name) && !name.startsWith('vr-img-'));
    expect(made).toEqual([]);
  });
});
