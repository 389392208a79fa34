import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Lifecycle, PowerState, type Owner, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { DomainXml, MetadataType, poolXml } from '@virtrigaud/libvirt-client';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { STAMP_NAMESPACE } from '../src/identity/stamp.ts';
import { domainSpec, runAndDie } from './die.ts';
import { openLab, remove, type Lab } from './lab.ts';
import { describeWithLibvirt } from './requirements.ts';
import { aCreate, aMutation, anOwner, describeVm, MIB, prepareImage, served, SLOW } from './scene.ts';

describeWithLibvirt('a disk that was begun and is not wanted any more on libvirt', (guestImage) => {
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
  const more = { name: 'more', sizeBytes: 4n * MIB };
  type Disks = readonly (typeof data)[];
  const create = (client: ProviderClient, owner: Owner, disks: Disks) =>
    client.create(aCreate(lab, owner, preparedId, { initialPower: PowerState.OFF, spec: { disks: [...disks] } }), SLOW);
  const setDisks = (client: ProviderClient, owner: Owner, disks: Disks) => {
    const desired = { ...aCreate(lab, owner, preparedId).spec, disks: [...disks] };
    return client.reconfigure({ mutation: aMutation(owner, 'reconfigure'), desired, updateMask: ['disks'] }, SLOW);
  };
  const deleteVm = (client: ProviderClient, owner: Owner) =>
    client.delete({ mutation: aMutation(owner, 'delete') }, SLOW);
  const diskNames = async (client: ProviderClient, owner: Owner) =>
    (await describeVm(client, owner)).disks.map(({ name }) => name);
  const volumesOf = async ({ uid }: Owner) =>
    (await lab.volumes()).flatMap((name) =>
      name.startsWith(`vr-${uid}-disk-`) ? [name.slice(`vr-${uid}-`.length)] : [],
    );
  const stampOf = async ({ uid }: Owner) =>
    lab.libvirt.domainGetMetadata(await lab.libvirt.domainLookupByUuid(uid), {
      type: MetadataType.element,
      uri: STAMP_NAMESPACE,
    });
  /** A change, or a Create, that wanted the disk and was killed. */
  const killed = (fixture: 'create-and-die' | 'set-disks-and-die', owner: Owner, killBefore: number) => {
    const spec = { ...domainSpec(lab, owner, preparedId), disks: [{ name: 'data', sizeBytes: Number(4n * MIB) }] };
    return runAndDie(fixture, { owner, operationId: aMutation(owner, fixture).operationId, killBefore, spec });
  };
  /** A finished VM, on which a change was killed while it made the disk: effects are the stamp, the volume, its marker, the definition. */
  const withHalfMade = (name: string, use: (client: ProviderClient, owner: Owner) => Promise<void>) =>
    served(async (client) => {
      const owner = anOwner(lab, name);
      await create(client, owner, []);
      expect(await killed('set-disks-and-die', owner, 3)).toBe('SIGKILL');
      expect(await volumesOf(owner)).toEqual(['disk-data.qcow2']);
      await use(client, owner);
    });

  it.each([
    { because: 'another is wanted', wanted: [more], left: ['disk-more.qcow2', 'disk-more.qcow2.ok'] },
    { because: 'none is wanted', wanted: [], left: [] },
  ])(
    'goes when it is half-made and $because, and may come again',
    async ({ wanted, left }) => {
      await withHalfMade(`half-${String(wanted.length)}`, async (client, owner) => {
        await setDisks(client, owner, wanted);
        expect(await volumesOf(owner)).toEqual(left);
        expect(await stampOf(owner)).not.toContain('making');
        await setDisks(client, owner, [data, ...wanted]);
        expect((await diskNames(client, owner)).sort()).toEqual(
          ['data', 'root', ...wanted.map(({ name }) => name)].sort(),
        );
        await deleteVm(client, owner);
        expect(await volumesOf(owner)).toEqual([]);
      });
    },
    120_000,
  );

  it('is made anew when another change failed in between', async () => {
    await withHalfMade('failed-between', async (client, owner) => {
      const compute = { cpus: 1_000, memoryBytes: 256n * MIB };
      const desired = { ...aCreate(lab, owner, preparedId).spec, disks: [more], compute };
      const updateMask = ['disks', 'compute.cpus'];
      const refused = client.reconfigure({ mutation: aMutation(owner, 'too-many'), desired, updateMask }, SLOW);
      await expect(refused).rejects.toMatchObject({ message: expect.stringContaining('DOMAIN_DEFINE_XML') });
      await setDisks(client, owner, [data]);
      expect(await diskNames(client, owner)).toEqual(['root', 'data']);
      await deleteVm(client, owner);
      expect(await volumesOf(owner)).toEqual([]);
    });
  }, 120_000);

  it('goes with its VM, when nobody wanted anything of its disks since', async () => {
    await withHalfMade('deleted', async (client, owner) => {
      await deleteVm(client, owner);
      expect(await volumesOf(owner)).toEqual([]);
    });
  }, 120_000);

  // Its marker may be what was lost: it is whole, then, and may hold data.
  it('stays when somebody needs it', async () => {
    await withHalfMade('needed', async (client, owner) => {
      const xml = DomainXml.create('qemu', `${lab.namespace}.needs-it`);
      const uuid = lab.newUid();
      xml.root.append('uuid', { text: uuid });
      xml.root.append('memory', { attributes: { unit: 'MiB' }, text: 64 });
      xml.root.append('os').append('type', { attributes: { arch: 'x86_64', machine: 'q35' }, text: 'hvm' });
      const disk = xml.devices.append('disk', { attributes: { type: 'file', device: 'disk' } });
      disk.append('driver', { attributes: { name: 'qemu', type: 'qcow2' } });
      disk.append('source', { attributes: { file: join(lab.poolPath, `vr-${owner.uid}-disk-data.qcow2`) } });
      disk.append('target', { attributes: { dev: 'vda', bus: 'virtio' } });
      await lab.libvirt.domainDefineXml(xml.toString());
      await setDisks(client, owner, []);
      expect(await volumesOf(owner)).toEqual(['disk-data.qcow2']);
      await remove(lab.libvirt, await lab.domain(uuid));
    });
  }, 120_000);

  it('stays when it is whole, and comes back as it is', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'whole');
      await create(client, owner, []);
      expect(await killed('set-disks-and-die', owner, 4)).toBe('SIGKILL');
      await setDisks(client, owner, []);
      expect(await volumesOf(owner)).toEqual(['disk-data.qcow2', 'disk-data.qcow2.ok']);
      expect(await stampOf(owner)).not.toContain('making');
      await setDisks(client, owner, [data]);
      await deleteVm(client, owner);
      expect(await volumesOf(owner)).toEqual([]);
    });
  }, 120_000);

  // Effects of the Create: the claim, root and its marker, the disk and its marker.
  it('goes when a Create that made it was killed, and goes on without it; and may come again', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'created');
      expect(await killed('create-and-die', owner, 5)).toBe('SIGKILL');
      expect(await volumesOf(owner)).toEqual(['disk-data.qcow2']);
      await create(client, owner, []);
      expect(await describeVm(client, owner)).toMatchObject({ lifecycle: Lifecycle.READY });
      expect(await volumesOf(owner)).toEqual([]);
      expect(await stampOf(owner)).not.toContain('making');
      await setDisks(client, owner, [data]);
      expect(await diskNames(client, owner)).toEqual(['root', 'data']);
      await deleteVm(client, owner);
      expect(await volumesOf(owner)).toEqual([]);
    });
  }, 120_000);

  it('goes from a pool that was stopped when its VM was made elsewhere, once that runs again', async () => {
    const other = { name: `${lab.pool}-other`, path: `${lab.poolPath}-other` };
    const pool = await lab.libvirt.poolDefineXml(poolXml(other));
    await mkdir(other.path, { mode: 0o711 });
    await lab.libvirt.poolCreate(pool);
    const files = async () => (await readdir(other.path)).sort();
    try {
      await served(async (client) => {
        const owner = anOwner(lab, 'elsewhere');
        const placement = { ...domainSpec(lab, owner, preparedId).placement, datastore: other.name };
        const spec = {
          ...domainSpec(lab, owner, preparedId),
          boot: undefined,
          root: { sizeBytes: Number(MIB) },
          placement,
        };
        const order = { owner, operationId: 'elsewhere', killBefore: 3, spec };
        expect(await runAndDie('create-and-die', order)).toBe('SIGKILL');
        expect(await files()).toEqual([`vr-${owner.uid}-root.qcow2`]);
        await lab.libvirt.poolDestroy(pool);
        await create(client, owner, []);
        expect(await files()).toEqual([`vr-${owner.uid}-root.qcow2`]);
        await lab.libvirt.poolCreate(pool);
        await setDisks(client, owner, []);
        expect(await files()).toEqual([]);
        expect(await stampOf(owner)).not.toContain('making');
        await deleteVm(client, owner);
      });
    } finally {
      await lab.libvirt.poolDestroy(pool);
      await lab.libvirt.poolUndefine(pool);
      await rm(other.path, { recursive: true });
    }
  }, 120_000);

  it('is made in a Create that wants it again, when one in between did not and was killed', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'created-again');
      expect(await killed('create-and-die', owner, 5)).toBe('SIGKILL');
      const order = { owner, operationId: 'without', killBefore: 2, spec: domainSpec(lab, owner, preparedId) };
      expect(await runAndDie('create-and-die', order)).toBe('SIGKILL');
      await create(client, owner, [data]);
      expect(await diskNames(client, owner)).toEqual(['root', 'data']);
      expect(await stampOf(owner)).not.toContain('making');
      await deleteVm(client, owner);
      expect(await volumesOf(owner)).toEqual([]);
    });
  }, 120_000);
});
