import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Code, PowerState, TaskState, type Owner, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { DomainXml } from '@virtrigaud/libvirt-client';
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { openLab, remove, type Lab } from './lab.ts';
import { describeWithLibvirt } from './requirements.ts';
import { aCreate, aMutation, anOwner, describeVm, MIB, prepareImage, served, SLOW } from './scene.ts';

describeWithLibvirt('volumes that somebody needs on libvirt', (guestImage) => {
  let lab: Lab;
  let preparedId: string;
  beforeAll(async () => {
    lab = await openLab(guestImage);
    preparedId = await served((client) => prepareImage(client, lab));
  }, 60_000);
  afterAll(async () => {
    await lab.close();
  });

  const data = { name: 'data', sizeBytes: 4n * MIB };
  const create = (client: ProviderClient, owner: Owner, disks: (typeof data)[] = []) =>
    client.create(aCreate(lab, owner, preparedId, { initialPower: PowerState.OFF, spec: { disks } }), SLOW);
  const setDisks = (client: ProviderClient, owner: Owner, disks: (typeof data)[]) => {
    const desired = { ...aCreate(lab, owner, preparedId).spec, disks };
    return client.reconfigure({ mutation: aMutation(owner, 'reconfigure'), desired, updateMask: ['disks'] }, SLOW);
  };
  const deleteVm = (client: ProviderClient, owner: Owner) =>
    client.delete({ mutation: aMutation(owner, 'delete') }, SLOW);
  const dataVolume = (owner: Owner) => `vr-${owner.uid}-disk-data.qcow2`;
  const volumesOf = async (owner: Owner) => (await lab.volumes()).filter((name) => name.includes(owner.uid));
  const loseMarker = async (volume: string) =>
    lab.libvirt.volDelete(await lab.libvirt.volLookupByName(lab.poolRef, `${volume}.ok`));
  const hash = async (volume: string) =>
    createHash('sha256')
      .update(await readFile(join(lab.poolPath, volume)))
      .digest('hex');

  /** A VM that somebody made by hand, with a disk of ours. */
  async function foreign(name: string, disk: string): Promise<string> {
    const xml = DomainXml.create('qemu', `${lab.namespace}.${name}`);
    // Known to the lab, which removes it also when the test fails.
    xml.root.append('uuid', { text: lab.newUid() });
    xml.root.append('memory', { attributes: { unit: 'MiB' }, text: 64 });
    xml.root.append('os').append('type', { attributes: { arch: 'x86_64', machine: 'q35' }, text: 'hvm' });
    const element = xml.devices.append('disk', { attributes: { type: 'file', device: 'disk' } });
    element.append('driver', { attributes: { name: 'qemu', type: 'qcow2' } });
    element.append('source', { attributes: { file: join(lab.poolPath, disk) } });
    element.append('target', { attributes: { dev: 'vda', bus: 'virtio' } });
    return (await lab.libvirt.domainDefineXml(xml.toString())).uuid;
  }

  it('P13 spares the disks of a VM that was released, also when its owner is deleted afterwards', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'released');
      await create(client, owner, [data]);
      const before = (await volumesOf(owner)).filter((name) => !name.endsWith('.ok'));
      await client.delete({ mutation: aMutation(owner, 'release'), releaseOnly: true }, SLOW);
      await deleteVm(client, owner);
      expect(await volumesOf(owner)).toEqual(expect.arrayContaining(before));
      expect(await lab.domain(owner.uid)).toBeDefined();
    });
  });

  it('P01 spares a disk that a person gave to a VM of their own, and removes the rest', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'shared');
      await create(client, owner, [data]);
      const uuid = await foreign('borrower', dataVolume(owner));
      await deleteVm(client, owner);
      expect(await lab.domain(owner.uid)).toBeUndefined();
      expect(await volumesOf(owner)).toEqual([dataVolume(owner), `${dataVolume(owner)}.ok`]);
      await remove(lab.libvirt, await lab.domain(uuid));
      await deleteVm(client, owner);
      expect(await volumesOf(owner)).toEqual([]);
    });
  });

  it('P80 does not make an image anew that VMs are based on, also when its marker is lost', async () => {
    await served(async (client) => {
      const [owner, user] = [{ ...anOwner(lab, 'image'), kind: 'VMImage' }, anOwner(lab, 'user')];
      const volume = `vr-img-${owner.uid}.qcow2`;
      const prepare = async () => {
        const image = { path: lab.imagePath, storage: lab.pool };
        const { task } = await client.imagePrepare({ mutation: aMutation(owner, 'image'), image }, SLOW);
        return eventually('the import ends', async () => {
          const { task: now } = await client.taskStatus({ id: task?.id ?? '' }, SLOW);
          return now?.state === TaskState.RUNNING ? undefined : now;
        });
      };
      expect(await prepare()).toMatchObject({ state: TaskState.SUCCEEDED });
      await client.create(aCreate(lab, user, `${lab.pool}/${volume}`, { initialPower: PowerState.OFF }), SLOW);
      const before = await hash(volume);
      await loseMarker(volume);
      expect(await prepare()).toMatchObject({ state: TaskState.FAILED, error: { reason: 'VOLUME_IN_USE' } });
      expect(await hash(volume)).toBe(before);
      await deleteVm(client, user);
      expect(await prepare()).toMatchObject({ state: TaskState.SUCCEEDED });
    });
  }, 120_000);

  it('never makes a disk anew that no unfinished operation names', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'unnamed');
      await create(client, owner, [data]);
      await setDisks(client, owner, []);
      await loseMarker(dataVolume(owner));
      const madeAt = async () => (await stat(join(lab.poolPath, dataVolume(owner)))).birthtimeMs;
      const before = await madeAt();
      const unknown = { code: Code.FAILED_PRECONDITION, reason: 'VOLUME_UNKNOWN' };
      await expect(setDisks(client, owner, [data])).rejects.toMatchObject(unknown);
      // Nor does a Create for the same owner, after a person took the VM away.
      await remove(lab.libvirt, await lab.domain(owner.uid));
      await expect(create(client, owner, [data])).rejects.toMatchObject(unknown);
      expect(await madeAt()).toBe(before);
      expect(await lab.domain(owner.uid)).toBeUndefined();
    });
  });

  it('lets a detached disk outlive its VM, also one that lost its marker before', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'unmarked');
      await create(client, owner, [data]);
      await loseMarker(dataVolume(owner));
      await setDisks(client, owner, []);
      await deleteVm(client, owner);
      expect(await volumesOf(owner)).toEqual([dataVolume(owner), `${dataVolume(owner)}.ok`]);
    });
  });

  it('bases a VM on images alone, never on the disk of another VM', async () => {
    await served(async (client) => {
      const [one, two] = [anOwner(lab, 'one'), anOwner(lab, 'two')];
      await create(client, one);
      const disk = `${lab.pool}/vr-${one.uid}-root.qcow2`;
      await expect(client.create(aCreate(lab, two, disk), SLOW)).rejects.toMatchObject({
        reason: 'DEPENDENCY_MISSING',
      });
      expect(await describeVm(client, one)).toMatchObject({ id: one.uid });
    });
  });
});
