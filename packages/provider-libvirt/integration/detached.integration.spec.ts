import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Lifecycle, PowerState, type Owner, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { domainSpec, runAndDie } from './die.ts';
import { openLab, type Lab } from './lab.ts';
import { describeWithLibvirt } from './requirements.ts';
import { aCreate, aMutation, anOwner, describeVm, MIB, prepareImage, served, SLOW } from './scene.ts';

describeWithLibvirt('a detached disk that is listed again on libvirt', (guestImage) => {
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
  type Disks = readonly (typeof data)[];
  const create = (client: ProviderClient, owner: Owner, disks: Disks) =>
    client.create(aCreate(lab, owner, preparedId, { initialPower: PowerState.OFF, spec: { disks: [...disks] } }), SLOW);
  const setDisks = (client: ProviderClient, owner: Owner, disks: Disks, change: { readonly cpus?: number } = {}) => {
    const compute = { cpus: change.cpus ?? 1, memoryBytes: 256n * MIB };
    const desired = { ...aCreate(lab, owner, preparedId).spec, disks: [...disks], compute };
    const updateMask = change.cpus === undefined ? ['disks'] : ['disks', 'compute.cpus'];
    return client.reconfigure({ mutation: aMutation(owner, 'reconfigure'), desired, updateMask }, SLOW);
  };
  const deleteVm = (client: ProviderClient, owner: Owner) =>
    client.delete({ mutation: aMutation(owner, 'delete') }, SLOW);
  const diskNames = async (client: ProviderClient, owner: Owner) =>
    (await describeVm(client, owner)).disks.map(({ name }) => name);
  const volumesOf = async (owner: Owner) => (await lab.volumes()).filter((name) => name.includes(owner.uid));
  const dataVolumes = ({ uid }: Owner) => [`vr-${uid}-disk-data.qcow2`, `vr-${uid}-disk-data.qcow2.ok`];
  /** With the disk in its list, unless told otherwise. */
  const killed = (
    fixture: 'create-and-die' | 'set-disks-and-die',
    owner: Owner,
    killBefore: number,
    wanted = [data],
  ) => {
    const disks = wanted.map(({ name, sizeBytes }) => ({ name, sizeBytes: Number(sizeBytes) }));
    const spec = { ...domainSpec(lab, owner, preparedId), disks };
    return runAndDie(fixture, { owner, operationId: aMutation(owner, fixture).operationId, killBefore, spec });
  };
  /** A VM whose disk was detached. */
  const withDetached = (name: string, use: (client: ProviderClient, owner: Owner) => Promise<void>) =>
    served(async (client) => {
      const owner = anOwner(lab, name);
      await create(client, owner, [data]);
      await setDisks(client, owner, []);
      await use(client, owner);
    });

  it('stays when libvirt refuses the definition with it, the list is reverted, and the VM deleted', async () => {
    await withDetached('refused', async (client, owner) => {
      await expect(setDisks(client, owner, [data], { cpus: 1_000 })).rejects.toMatchObject({
        message: expect.stringContaining('DOMAIN_DEFINE_XML'),
      });
      expect(await diskNames(client, owner)).toEqual(['root']);
      await setDisks(client, owner, []);
      await deleteVm(client, owner);
      expect(await volumesOf(owner)).toEqual(dataVolumes(owner));
    });
  }, 120_000);

  // Effects of the change: the stamp that names the volume, the definition, the marker.
  it.each([2, 3])(
    'stays when the change was killed before effect %i, the list is reverted, and the VM deleted',
    async (killBefore) => {
      await withDetached(`killed-${String(killBefore)}`, async (client, owner) => {
        expect(await killed('set-disks-and-die', owner, killBefore)).toBe('SIGKILL');
        await setDisks(client, owner, []);
        await deleteVm(client, owner);
        expect(await volumesOf(owner)).toEqual(dataVolumes(owner));
      });
    },
    120_000,
  );

  it('goes with its VM when the change was killed right after its definition, and went on', async () => {
    await withDetached('went-on', async (client, owner) => {
      expect(await killed('set-disks-and-die', owner, 3)).toBe('SIGKILL');
      expect(await diskNames(client, owner)).toEqual(['root', 'data']);
      await setDisks(client, owner, [data]);
      await deleteVm(client, owner);
      expect(await volumesOf(owner)).toEqual([]);
    });
  }, 120_000);

  it('goes with its VM when the change was killed right after its definition, and the VM deleted', async () => {
    await withDetached('attached', async (client, owner) => {
      expect(await killed('set-disks-and-die', owner, 3)).toBe('SIGKILL');
      expect(await diskNames(client, owner)).toEqual(['root', 'data']);
      await deleteVm(client, owner);
      expect(await volumesOf(owner)).toEqual([]);
    });
  }, 120_000);

  // Effects of the removal then: the stamp that names it no more, the marker, the definition.
  it('stays when its return was killed right after the definition, its removal right before, and the VM deleted', async () => {
    await withDetached('there-and-back', async (client, owner) => {
      expect(await killed('set-disks-and-die', owner, 3)).toBe('SIGKILL');
      expect(await killed('set-disks-and-die', owner, 3, [])).toBe('SIGKILL');
      expect(await diskNames(client, owner)).toEqual(['root', 'data']);
      await deleteVm(client, owner);
      expect(await volumesOf(owner)).toEqual(dataVolumes(owner));
    });
  }, 120_000);

  it('is never made anew when its return was killed, it was taken off, and lost its marker', async () => {
    await withDetached('unmarked', async (client, owner) => {
      expect(await killed('set-disks-and-die', owner, 3)).toBe('SIGKILL');
      await setDisks(client, owner, []);
      const [volume = '', marker = ''] = dataVolumes(owner);
      const madeAt = async () => (await stat(join(lab.poolPath, volume))).birthtimeMs;
      const before = await madeAt();
      await lab.libvirt.volDelete(await lab.libvirt.volLookupByName(lab.poolRef, marker));
      await expect(setDisks(client, owner, [data])).rejects.toMatchObject({ reason: 'VOLUME_UNKNOWN' });
      expect(await madeAt()).toBe(before);
    });
  }, 120_000);

  // Effects of the Create: the claim, root and its marker, seed and its marker, the end of the operation, the marker of the disk.
  it('stays when it was wanted in a Create that was killed, is not any more, and the VM is deleted', async () => {
    await withDetached('made-again', async (client, owner) => {
      await deleteVm(client, owner);
      expect(await killed('create-and-die', owner, 6)).toBe('SIGKILL');
      expect(await describeVm(client, owner)).toMatchObject({ lifecycle: Lifecycle.CREATING });
      await create(client, owner, []);
      expect(await diskNames(client, owner)).toEqual(['root']);
      await deleteVm(client, owner);
      expect(await volumesOf(owner)).toEqual(dataVolumes(owner));
    });
  }, 120_000);

  it('goes with its VM when the Create was killed at its very end, and its disks were set since', async () => {
    await withDetached('made-to-the-end', async (client, owner) => {
      await deleteVm(client, owner);
      expect(await killed('create-and-die', owner, 7)).toBe('SIGKILL');
      expect(await describeVm(client, owner)).toMatchObject({ lifecycle: Lifecycle.READY });
      await setDisks(client, owner, [data]);
      await deleteVm(client, owner);
      expect(await volumesOf(owner)).toEqual([]);
    });
  }, 120_000);

  it('goes with its VM when the Create was killed at its very end, and the VM deleted', async () => {
    await withDetached('deleted-then', async (client, owner) => {
      await deleteVm(client, owner);
      expect(await killed('create-and-die', owner, 7)).toBe('SIGKILL');
      await deleteVm(client, owner);
      expect(await volumesOf(owner)).toEqual([]);
    });
  }, 120_000);

  it('stays when its removal was killed before the definition, and the VM deleted', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'half-removed');
      await create(client, owner, [data]);
      expect(await killed('set-disks-and-die', owner, 2, [])).toBe('SIGKILL');
      await deleteVm(client, owner);
      expect(await volumesOf(owner)).toEqual(dataVolumes(owner));
    });
  }, 120_000);

  it('goes with its VM when its removal was killed before the definition, and the list reverted and set', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'not-removed');
      await create(client, owner, [data]);
      const order = { owner, operationId: 'remove', killBefore: 2, spec: domainSpec(lab, owner, preparedId) };
      expect(await runAndDie('set-disks-and-die', order)).toBe('SIGKILL');
      expect(await diskNames(client, owner)).toEqual(['root', 'data']);
      await setDisks(client, owner, [data]);
      await deleteVm(client, owner);
      expect(await volumesOf(owner)).toEqual([]);
    });
  }, 120_000);
});
