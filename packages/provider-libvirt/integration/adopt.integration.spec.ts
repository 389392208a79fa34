import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { PowerState, type Owner, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { DomainXml, DomainXmlFlag } from '@virtrigaud/libvirt-client';
import type { MutationContext } from '@virtrigaud/provider-sdk';
import { adoptVm } from '../src/operations/adopt.ts';
import type { Host } from '../src/session/host.ts';
import { openLab, remove, type Lab } from './lab.ts';
import { describeWithLibvirt } from './requirements.ts';
import { aCreate, aMutation, anOwner, describeVm, MIB, prepareImage, served, SLOW } from './scene.ts';

describeWithLibvirt('adopting on libvirt', (guestImage) => {
  let lab: Lab;
  let preparedId: string;
  beforeAll(async () => {
    lab = await openLab(guestImage);
    preparedId = await served((client) => prepareImage(client, lab));
  }, 60_000);
  afterAll(async () => {
    await lab.close();
  });

  const disk = { name: 'data', sizeBytes: 16n * MIB };
  const specOf = (owner: Owner, disks = [disk]) => ({ ...aCreate(lab, owner, preparedId).spec, disks });
  const made = (client: ProviderClient, owner: Owner) =>
    client.create({ ...aCreate(lab, owner, preparedId, { initialPower: PowerState.OFF }), spec: specOf(owner) }, SLOW);
  const adoption = (owner: Owner, id: string, expectedOwnerUid: string) => ({
    mutation: aMutation(owner, 'adopt'),
    id,
    expectedOwnerUid,
  });
  const configured = async (uuid: string) =>
    DomainXml.parse(
      await lab.libvirt.domainGetXmlDesc(await lab.libvirt.domainLookupByUuid(uuid), {
        flags: DomainXmlFlag.inactive,
      }),
    );
  const volumesOf = async (uid: string) => (await lab.volumes()).filter((name) => name.includes(uid));
  const macOf = async (uuid: string) => (await configured(uuid)).root.attributeAt('devices/interface/mac', 'address');

  async function foreign(name: string): Promise<string> {
    const xml = DomainXml.create('qemu', name);
    xml.root.append('memory', { attributes: { unit: 'MiB' }, text: 64 });
    xml.root.append('os').append('type', { attributes: { arch: 'x86_64', machine: 'q35' }, text: 'hvm' });
    return (await lab.libvirt.domainDefineXml(xml.toString())).uuid;
  }

  it('keeps UUID, disks and addresses of a VM that changes hands, and deletes its disks for the new owner', async () => {
    await served(async (client) => {
      const [former, owner] = [anOwner(lab, 'former'), anOwner(lab, 'heir')];
      const { id } = await made(client, former);
      const mac = await macOf(id);
      const { vm } = await client.adopt(adoption(owner, id, former.uid), SLOW);
      expect(vm).toMatchObject({ id: former.uid, owner: { uid: owner.uid } });
      await expect(client.describe({ owner: former }, SLOW)).rejects.toMatchObject({ reason: 'VM_ABSENT' });

      // The disk leaves the VM and comes back: the same volume, not a new one under the new owner's uid.
      const reconfigure = (disks: readonly (typeof disk)[], verb: string) =>
        client.reconfigure(
          {
            mutation: aMutation(owner, verb),
            id,
            desired: specOf(owner, [...disks]),
            updateMask: ['disks', 'nics'],
          },
          SLOW,
        );
      const before = await volumesOf(former.uid);
      await reconfigure([], 'detach');
      expect((await describeVm(client, owner)).disks.map(({ name }) => name)).toEqual(['root']);
      await reconfigure([disk], 'attach');
      expect(await volumesOf(former.uid)).toEqual(before);
      expect(await volumesOf(owner.uid)).toEqual([]);
      expect(await macOf(id)).toBe(mac);

      await client.delete({ mutation: aMutation(owner, 'delete'), id }, SLOW);
      expect(await lab.domain(id)).toBeUndefined();
      expect(await volumesOf(former.uid)).toEqual([]);
    });
  }, 240_000);

  it('P13 spares a detached disk of the former owner when the new one deletes the VM', async () => {
    await served(async (client) => {
      const [former, owner] = [anOwner(lab, 'former'), anOwner(lab, 'heir')];
      const { id } = await made(client, former);
      await client.adopt(adoption(owner, id, former.uid), SLOW);
      const desired = specOf(owner, []);
      const mutation = aMutation(owner, 'detach');
      await client.reconfigure({ mutation, id, desired, updateMask: ['disks'] }, SLOW);
      await client.delete({ mutation: aMutation(owner, 'delete'), id }, SLOW);
      expect(await volumesOf(former.uid)).toEqual([
        `vr-${former.uid}-disk-data.qcow2`,
        `vr-${former.uid}-disk-data.qcow2.ok`,
      ]);
    });
  }, 240_000);

  it('P13 adopts a VM that somebody made by hand, and lets it go without a trace', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'heir');
      const uuid = await foreign(`${lab.namespace}-by-hand`);
      const before = (await configured(uuid)).toString();
      expect((await client.adopt(adoption(owner, uuid, ''), SLOW)).vm).toMatchObject({ id: uuid });
      await client.delete({ mutation: aMutation(owner, 'release'), releaseOnly: true }, SLOW);
      expect((await configured(uuid)).root.find('metadata/vr:vm')).toBeUndefined();
      expect((await configured(uuid)).toString().replace(/<metadata\/?>(?:\s*<\/metadata>)?\s*/, '')).toBe(before);
      await remove(lab.libvirt, await lab.domain(uuid));
    });
  }, 120_000);

  it('P13 deletes no disk of a VM that it was adopted with, not even one that a lost owner had made', async () => {
    await served(async (client) => {
      const [former, owner] = [anOwner(lab, 'former'), anOwner(lab, 'heir')];
      const { id } = await made(client, former);
      await client.delete({ mutation: aMutation(former, 'release'), releaseOnly: true }, SLOW);
      const before = await volumesOf(former.uid);
      await client.adopt(adoption(owner, id, ''), SLOW);
      await client.delete({ mutation: aMutation(owner, 'delete'), id }, SLOW);
      expect(await lab.domain(id)).toBeUndefined();
      expect(await volumesOf(former.uid)).toEqual(before);
    });
  }, 120_000);

  it('P01 refuses the VM of another owner', async () => {
    await served(async (client) => {
      const [living, owner] = [anOwner(lab, 'living'), anOwner(lab, 'heir')];
      const { id } = await made(client, living);
      for (const expected of ['', anOwner(lab, 'somebody').uid]) {
        await expect(client.adopt(adoption(owner, id, expected), SLOW)).rejects.toMatchObject({
          reason: 'OWNER_MISMATCH',
        });
      }
      expect((await describeVm(client, living)).id).toBe(id);
      // The look before was old: it changed hands in between.
      const vm = { id, name: 'stale', power: 'Off', cpus: 1, memoryBytes: 1 } as const;
      const call = { owner, checkBeforeEffect: () => undefined } as unknown as MutationContext;
      const late = adoptVm({ libvirt: lab.libvirt } as Host, { vm, expectedOwnerUid: '' }, call);
      await expect(late).rejects.toMatchObject({ reason: 'OWNER_MISMATCH' });
      expect((await describeVm(client, living)).id).toBe(id);
    });
  }, 120_000);
});
