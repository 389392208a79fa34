import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Code, PowerOp, PowerState, type Owner } from '@virtrigaud/grpc-contract/client';
import { DomainXml, DomainXmlFlag } from '@virtrigaud/libvirt-client';
import { randomUUID } from 'node:crypto';
import { openLab, remove, type Lab } from './lab.ts';
import { describeWithLibvirt } from './requirements.ts';
import { aCreate, aMutation, anOwner, describeVm, prepareImage, served, SLOW } from './scene.ts';

describeWithLibvirt('P01 whose VM it is on libvirt', (guestImage) => {
  let lab: Lab;
  let preparedId: string;
  beforeAll(async () => {
    lab = await openLab(guestImage);
    preparedId = await served((client) => prepareImage(client, lab));
  }, 60_000);
  afterAll(async () => {
    await lab.close();
  });

  const off = (owner: Owner) => aCreate(lab, owner, preparedId, { initialPower: PowerState.OFF });
  const xmlOf = async (uuid: string) =>
    lab.libvirt.domainGetXmlDesc(await lab.libvirt.domainLookupByUuid(uuid), { flags: DomainXmlFlag.inactive });

  /** A VM that somebody made by hand. */
  async function foreign(name: string): Promise<string> {
    const xml = DomainXml.create('qemu', name);
    xml.root.append('memory', { attributes: { unit: 'MiB' }, text: 64 });
    xml.root.append('os').append('type', { attributes: { arch: 'x86_64', machine: 'q35' }, text: 'hvm' });
    return (await lab.libvirt.domainDefineXml(xml.toString())).uuid;
  }

  it('P01 leaves a foreign VM of the same name as it is, and says so', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'taken');
      const uuid = await foreign(`${owner.namespace}.${owner.name}`);
      const before = await xmlOf(uuid);
      await expect(client.create(off(owner), SLOW)).rejects.toMatchObject({
        code: Code.ALREADY_EXISTS,
        reason: 'NAME_TAKEN',
      });
      await expect(
        client.power({ mutation: aMutation(owner, 'power'), id: uuid, op: PowerOp.ON }, SLOW),
      ).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION, reason: 'OWNER_MISMATCH' });
      await client.delete({ mutation: aMutation(owner, 'delete'), id: uuid }, SLOW);
      expect(await xmlOf(uuid)).toBe(before);
      await remove(lab.libvirt, await lab.domain(uuid));
    });
  });

  it('P01 makes two VMs of one name in two namespaces, and deletes one of them', async () => {
    await served(async (client) => {
      const [one, two] = [anOwner(lab, 'web'), anOwner(lab, 'web', `${lab.namespace}-b`)];
      await client.create(off(one), SLOW);
      await client.create(off(two), SLOW);
      expect((await describeVm(client, one)).id).toBe(one.uid);
      expect((await describeVm(client, two)).id).toBe(two.uid);
      await client.delete({ mutation: aMutation(one, 'delete'), id: two.uid }, SLOW);
      expect(await lab.domain(one.uid)).toBeUndefined();
      expect(await describeVm(client, two)).toMatchObject({ name: `${lab.namespace}-b.web` });
    });
  });

  it('P01 takes a copy with the stamp for a copy, whatever is done to the original', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'original');
      await client.create(off(owner), SLOW);
      const copy = DomainXml.parse(await xmlOf(owner.uid));
      const uuid = randomUUID();
      copy.root.ensure('uuid').setText(uuid);
      copy.root.ensure('name').setText(`${lab.namespace}.copy`);
      await lab.libvirt.domainDefineXml(copy.toString());
      const { vm } = await client.describe({ id: uuid }, SLOW);
      expect(vm).toMatchObject({ owner: undefined, copiedFrom: owner.uid });
      await client.delete({ mutation: aMutation(owner, 'delete'), id: uuid }, SLOW);
      expect(await lab.domain(owner.uid)).toBeUndefined();
      expect(await lab.domain(uuid)).toBeDefined();
      await remove(lab.libvirt, await lab.domain(uuid));
    });
  });

  it('P13 releases a VM: the stamp goes, the VM stays', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'released');
      await client.create(off(owner), SLOW);
      await client.delete({ mutation: aMutation(owner, 'delete'), releaseOnly: true }, SLOW);
      await expect(client.describe({ owner }, SLOW)).rejects.toMatchObject({ reason: 'VM_ABSENT' });
      const { vm } = await client.describe({ id: owner.uid }, SLOW);
      expect(vm?.owner).toBeUndefined();
      // It bears the owner's uid as its UUID, and still belongs to nobody.
      const before = await xmlOf(owner.uid);
      await expect(client.create(off(owner), SLOW)).rejects.toMatchObject({ reason: 'NAME_TAKEN' });
      expect(await xmlOf(owner.uid)).toBe(before);
      // Its volumes are the VM's, whoever asks for what is left of the owner.
      expect((await lab.volumes()).filter((name) => name.includes(owner.uid))).toHaveLength(4);
    });
  });
});
