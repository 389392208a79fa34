import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  Code,
  PowerState,
  TaskState,
  type ImageRef,
  type Owner,
  type ProviderClient,
  type Task,
} from '@virtrigaud/grpc-contract/client';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { openLab, type Lab } from './lab.ts';
import { describeWithLibvirt } from './requirements.ts';
import { aCreate, aMutation, anOwner, describeVm, MIB, prepareImage, served, SLOW } from './scene.ts';

describeWithLibvirt('images on libvirt', (guestImage) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab(guestImage);
  });
  afterAll(async () => {
    await lab.close();
  });

  const anImage = (name: string): Owner => ({ ...anOwner(lab, name), kind: 'VMImage' });
  const prepare = async (client: ProviderClient, owner: Owner, image: Partial<ImageRef>): Promise<Task | undefined> => {
    const asked = { storage: lab.pool, ...image };
    const mutation = { operationId: `image-${owner.uid}`, owner, term: 1n };
    const { task } = await client.imagePrepare({ mutation, image: asked }, SLOW);
    return eventually('the import ends', async () => {
      const { task: now } = await client.taskStatus({ id: task?.id ?? '' }, SLOW);
      return now?.state === TaskState.RUNNING ? undefined : now;
    });
  };
  const describeImage = (client: ProviderClient, owner: Owner) =>
    client.imageDescribe({ owner, image: { storage: lab.pool } }, SLOW);
  const qemuImg = (...args: string[]) => execFileSync('qemu-img', args, { encoding: 'utf8' });
  const sha256 = async (path: string) =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex');

  it('imports a qcow2 image byte by byte, checks it on the way, and does it once', async () => {
    await served(async (client) => {
      const owner = anImage('checked');
      const source = { path: lab.imagePath, checksum: await sha256(lab.imagePath), checksumType: 'sha256' };
      await expect(describeImage(client, owner)).rejects.toMatchObject({
        code: Code.NOT_FOUND,
        reason: 'IMAGE_ABSENT',
      });
      const task = await prepare(client, owner, source);
      expect(task).toMatchObject({ state: TaskState.SUCCEEDED, resultId: `${lab.pool}/vr-img-${owner.uid}.qcow2` });
      const path = join(lab.poolPath, `vr-img-${owner.uid}.qcow2`);
      expect(await sha256(path)).toBe(source.checksum);
      expect(await describeImage(client, owner)).toMatchObject({
        preparedId: task?.resultId,
        complete: true,
        format: 'qcow2',
        virtualSizeBytes: BigInt(
          (JSON.parse(qemuImg('info', '--output=json', path)) as { 'virtual-size': number })['virtual-size'],
        ),
      });
      const written = (await stat(path)).mtimeMs;
      const mutation = { operationId: `image-${owner.uid}-again`, owner, term: 1n };
      const { task: again } = await client.imagePrepare({ mutation, image: { ...source, storage: lab.pool } }, SLOW);
      expect(again).toMatchObject({ state: TaskState.SUCCEEDED, resultId: task?.resultId });
      expect((await stat(path)).mtimeMs).toBe(written);
    });
  });

  it('refuses an image of another checksum, and leaves nothing of it', async () => {
    await served(async (client) => {
      const owner = anImage('changed');
      const task = await prepare(client, owner, {
        path: lab.imagePath,
        checksum: 'ab'.repeat(32),
        checksumType: 'sha256',
      });
      expect(task).toMatchObject({ state: TaskState.FAILED, error: { reason: 'CHECKSUM_MISMATCH' } });
      expect((await lab.volumes()).filter((name) => name.includes(owner.uid))).toEqual([]);
    });
  });

  it('converts a raw image to qcow2', async () => {
    await served(async (client) => {
      const owner = anImage('raw');
      const path = join(lab.poolPath, 'guest.raw');
      qemuImg('convert', '-O', 'raw', lab.imagePath, path);
      const task = await prepare(client, owner, { path });
      expect(task).toMatchObject({ state: TaskState.SUCCEEDED });
      const made = join(lab.poolPath, `vr-img-${owner.uid}.qcow2`);
      expect(JSON.parse(qemuImg('info', '--output=json', made))).toMatchObject({ format: 'qcow2' });
      expect(qemuImg('compare', path, made)).toContain('Images are identical');
      expect((await lab.volumes()).filter((name) => name.includes(owner.uid))).toHaveLength(2);
    });
  });

  it('refuses an image that reaches for another file of the host', async () => {
    await served(async (client) => {
      const owner = anImage('overlay');
      const path = join(lab.poolPath, 'overlay.qcow2');
      const secret = join(lab.poolPath, 'secret.raw');
      await writeFile(secret, Buffer.alloc(65536, 'secret'));
      await chmod(secret, 0o600);
      qemuImg('create', '-f', 'qcow2', '-b', secret, '-F', 'raw', path);
      const task = await prepare(client, owner, { path });
      expect(task).toMatchObject({ state: TaskState.FAILED, error: { reason: 'INVALID_FIELD' } });
      expect(task?.error?.message).toContain('overlay');
      expect((await lab.volumes()).filter((name) => name.includes(owner.uid))).toEqual([]);
    });
  });

  it.each([
    ['a file that is not there', (): string => join(lab.poolPath, 'none.qcow2'), 'FAILED_PRECONDITION', 'none.qcow2'],
    [
      'a file outside of every pool',
      (): string => '/etc/passwd',
      'FAILED_PRECONDITION',
      'no volume of an active storage pool',
    ],
    ['a path that is not absolute', (): string => 'guest.qcow2', 'INVALID_ARGUMENT', 'not absolute'],
  ] as const)('refuses %s, with words that say what to do', async (_, path, code, words) => {
    await served(async (client) => {
      const owner = anImage('missing');
      const mutation = { operationId: `image-${owner.uid}`, owner, term: 1n };
      const asked = client.imagePrepare({ mutation, image: { path: path(), storage: lab.pool } }, SLOW);
      await expect(asked).rejects.toMatchObject({ code: Code[code], message: expect.stringContaining(words) });
    });
  });

  it('makes a VM of a full copy when asked to, which needs nothing of its image afterwards', async () => {
    await served(async (client) => {
      const preparedId = await prepareImage(client, lab);
      const owner = anOwner(lab, 'copied');
      const extension = { 'libvirt.virtType': 'qemu', 'libvirt.rootDisk': 'copy' };
      const spec = { extension, root: { sizeBytes: 64n * MIB, provisioning: 'thick' } };
      const { id, task } = await client.create(
        aCreate(lab, owner, preparedId, { initialPower: PowerState.OFF, spec }),
        SLOW,
      );
      expect(id).toBe(owner.uid);
      const done = await eventually('the copy ends', async () => {
        const { task: now } = await client.taskStatus({ id: task?.id ?? '' }, SLOW);
        return now?.state === TaskState.RUNNING ? undefined : now;
      });
      expect(done).toMatchObject({ state: TaskState.SUCCEEDED, kind: 'Create' });
      const root = join(lab.poolPath, `vr-${owner.uid}-root.qcow2`);
      expect(JSON.parse(qemuImg('info', '--output=json', root))).not.toHaveProperty('backing-filename');
      expect(await describeVm(client, owner)).toMatchObject({
        disks: [{ sizeBytes: 64n * MIB }],
        pendingOperationId: '',
      });
      await client.delete({ mutation: aMutation(owner, 'delete') }, SLOW);
    });
  });
});
