import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Code, Lifecycle, PowerState, type Owner, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { domainSpec, runAndDie } from './die.ts';
import { openLab, type Lab } from './lab.ts';
import { describeWithLibvirt } from './requirements.ts';
import { aCreate, aMutation, anOwner, describeVm, MIB, prepareImage, served, SLOW } from './scene.ts';

/** A prepared id is a pool's name and a volume's, and the lab's pool is a folder of its own name. */
const IMAGES = '/var/lib/libvirt/images';
/** Effects of a Create: the claim, root and its marker, seed and its marker, the end of the operation. */
const EFFECTS = 6;

describeWithLibvirt('Create and Delete on libvirt', (guestImage) => {
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
  const volumesOf = async (owner: Owner) => (await lab.volumes()).filter((name) => name.includes(owner.uid));
  const remove = (client: ProviderClient, owner: Owner) =>
    client.delete({ mutation: aMutation(owner, 'delete') }, SLOW);
  const imageBytes = async () =>
    (await lab.libvirt.volGetInfo(await lab.libvirt.volLookupByPath(join(IMAGES, preparedId)))).capacityBytes;
  const imageHash = async () =>
    createHash('sha256')
      .update(await readFile(join(IMAGES, preparedId)))
      .digest('hex');

  it.each(Array.from({ length: EFFECTS - 1 }, (_, index) => index + 2))(
    'P02 P03 goes on when it was killed before effect %i, and makes one VM',
    async (killBefore) => {
      await served(async (client) => {
        const owner = anOwner(lab, `killed-${String(killBefore)}`);
        const order = {
          owner,
          operationId: aMutation(owner, 'create').operationId,
          killBefore,
          spec: domainSpec(lab, owner, preparedId),
        };
        expect(await runAndDie('create-and-die', order)).toBe('SIGKILL');

        expect(await describeVm(client, owner)).toMatchObject({
          lifecycle: Lifecycle.CREATING,
          pendingOperationId: order.operationId,
        });
        const { id } = await client.create(off(owner), SLOW);
        expect(await describeVm(client, owner)).toMatchObject({
          id,
          lifecycle: Lifecycle.READY,
          pendingOperationId: '',
          disks: [{ name: 'root', root: true, sizeBytes: await imageBytes() }],
        });
        expect(await volumesOf(owner)).toEqual([
          `vr-${owner.uid}-root.qcow2`,
          `vr-${owner.uid}-root.qcow2.ok`,
          `vr-${owner.uid}-seed.iso`,
          `vr-${owner.uid}-seed.iso.ok`,
        ]);
        await remove(client, owner);
        expect(await volumesOf(owner)).toEqual([]);
      });
    },
    120_000,
  );

  it('makes a half-made VM as it is wanted now, not as it was wanted then', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'changed');
      const order = { owner, operationId: 'create-then', killBefore: 3, spec: domainSpec(lab, owner, preparedId) };
      expect(await runAndDie('create-and-die', order)).toBe('SIGKILL');
      const spec = { compute: { cpus: 2, memoryBytes: 128n * MIB }, disks: [{ name: 'data', sizeBytes: MIB }] };
      await client.create(aCreate(lab, owner, preparedId, { initialPower: PowerState.OFF, spec }), SLOW);
      expect(await describeVm(client, owner)).toMatchObject({
        lifecycle: Lifecycle.READY,
        cpus: 2,
        memoryBytes: 128n * MIB,
        disks: [{ name: 'root' }, { name: 'data', sizeBytes: MIB }],
      });
      await remove(client, owner);
      expect(await volumesOf(owner)).toEqual([]);
    });
  });

  it('gives a half-made VM the seed that is wanted now, also when one was written before', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'reseeded');
      const order = {
        owner,
        operationId: 'create-then',
        killBefore: EFFECTS,
        spec: domainSpec(lab, owner, preparedId),
      };
      expect(await runAndDie('create-and-die', order)).toBe('SIGKILL');
      const seed = `vr-${owner.uid}-seed.iso`;
      expect(await volumesOf(owner)).toContain(`${seed}.ok`);
      const value = { userData: Buffer.from('#cloud-config of today') };
      const spec = { guestInit: { kind: { $case: 'cloudInit' as const, value } } };
      await client.create(aCreate(lab, owner, preparedId, { initialPower: PowerState.OFF, spec }), SLOW);
      expect((await readFile(join(lab.poolPath, seed))).includes('#cloud-config of today')).toBe(true);
      await remove(client, owner);
      expect(await volumesOf(owner)).toEqual([]);
    });
  });

  it('P80 gives each VM an overlay of its own: deleting one leaves the image as it was, and the other whole', async () => {
    await served(async (client) => {
      const before = await imageHash();
      const [one, two] = [anOwner(lab, 'one'), anOwner(lab, 'two')];
      await client.create(off(one), SLOW);
      await client.create(off(two), SLOW);
      await remove(client, one);
      expect(await imageHash()).toBe(before);
      expect(await volumesOf(two)).toHaveLength(4);
      expect(await describeVm(client, two)).toMatchObject({ lifecycle: Lifecycle.READY });
      await remove(client, two);
      expect(await imageHash()).toBe(before);
    });
  });

  it('P87 keeps the seed in the pool, all of it private, and leaves pools and networks as they are', async () => {
    await served(async (client) => {
      const describePools = async () =>
        Promise.all(
          (await lab.libvirt.listAllStoragePools()).map(async (pool) => [
            pool.name,
            (await lab.libvirt.poolGetInfo(pool)).state,
          ]),
        );
      const networks = async () =>
        Promise.all(
          (await lab.libvirt.listAllNetworks()).map(async (each) => [
            each.name,
            await lab.libvirt.networkIsActive(each),
          ]),
        );
      const before = [await describePools(), await networks()];
      const owner = anOwner(lab, 'modes');
      await client.create(off(owner), SLOW);
      const modes = await Promise.all(
        (await volumesOf(owner)).map(async (name) => (await stat(join(lab.poolPath, name))).mode & 0o777),
      );
      expect(modes).toEqual([0o600, 0o600, 0o600, 0o600]);
      expect((await stat(join(IMAGES, preparedId))).mode & 0o777).toBe(0o400);
      await remove(client, owner);
      expect([await describePools(), await networks()]).toEqual(before);
    });
  });

  it('P17 removes a VM with snapshots', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'snapshots');
      await client.create(off(owner), SLOW);
      const domain = await lab.libvirt.domainLookupByUuid(owner.uid);
      await lab.libvirt.snapshotCreateXml(domain, '<domainsnapshot><name>s1</name></domainsnapshot>');
      await remove(client, owner);
      expect(await lab.domain(owner.uid)).toBeUndefined();
      expect(await volumesOf(owner)).toEqual([]);
    });
  });

  it('spares a disk whose marker says that it was detached, also when the VM is gone', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'spared');
      const data = { name: 'data', sizeBytes: 16n * MIB };
      await client.create(
        aCreate(lab, owner, preparedId, { initialPower: PowerState.OFF, spec: { disks: [data] } }),
        SLOW,
      );
      const name = `vr-${owner.uid}-disk-data.qcow2`;
      const marker = await lab.libvirt.volLookupByName(lab.poolRef, `${name}.ok`);
      const text = Buffer.alloc(1024, ' ');
      text.write(JSON.stringify({ operationId: 'x', virtualSizeBytes: 1, detached: true }));
      await lab.libvirt.volUpload(marker, onePiece(text));
      await remove(client, owner);
      expect(await volumesOf(owner)).toEqual([name, `${name}.ok`]);
      await remove(client, owner);
      expect(await volumesOf(owner)).toEqual([name, `${name}.ok`]);
    });
  });

  it.each([
    ['a pool that is not there', { placement: { datastore: 'no-such-pool' } }, 'no-such-pool'],
    ['a network that is not there', { nics: { items: [{ name: 'a', network: 'no-such-net' }] } }, 'no-such-net'],
    [
      'an image that is not there',
      { boot: { source: { $case: 'image', value: { preparedId: 'POOL/vr-img-x.qcow2' } } } },
      'vr-img-x',
    ],
  ] as const)('refuses %s before anything is made, with its name', async (_, spec, words) => {
    await served(async (client) => {
      const owner = anOwner(lab, 'refused');
      const asked = JSON.parse(JSON.stringify(spec).replace('POOL', lab.pool)) as typeof spec;
      await expect(client.create(aCreate(lab, owner, preparedId, { spec: asked }), SLOW)).rejects.toMatchObject({
        code: Code.FAILED_PRECONDITION,
        reason: 'DEPENDENCY_MISSING',
        message: expect.stringContaining(words),
      });
      expect(await lab.domain(owner.uid)).toBeUndefined();
    });
  });
});

async function* onePiece(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
