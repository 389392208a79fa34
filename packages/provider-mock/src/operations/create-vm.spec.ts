import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testHypervisor, unguarded } from '../testing/with-hypervisor.ts';
import type { TestHypervisor } from '../testing/with-hypervisor.ts';
import { until } from '../testing/until.ts';
import { ownerCalled, wantedVm } from '../testing/wanted-vm.ts';
import { claimVm, createVm, finishVm } from './create-vm.ts';
import { deleteVm, releaseVm } from './delete-vm.ts';
import { importImage } from './image.ts';

const web = { id: 'uid-web', ownerUid: 'uid-web', ...unguarded };

describe('createVm', () => {
  let test: TestHypervisor;
  beforeEach(async () => {
    test = await testHypervisor();
  });
  afterEach(() => test.remove());

  it('makes what was wanted, and answers the same when asked again', async () => {
    const vm = await test.create();
    expect(vm).toMatchObject({ id: 'uid-web', name: 'default.web', lifecycle: 'ready', power: 'on', hostname: 'web' });
    expect(vm.stamp).toEqual({ carrier: 'uid-web', owner: ownerCalled('web') });
    expect(vm.live).toEqual(wantedVm().hardware);
    expect(await test.create()).toEqual(vm);
    expect(await test.truth.vms()).toHaveLength(1);
  });

  it('leaves it off when it is not to be on', async () => {
    expect(await test.create({}, { powerOn: false })).toMatchObject({ lifecycle: 'ready', power: 'off' });
  });

  it('P01 refuses a name that another bears, and makes nothing', async () => {
    const foreign = await test.truth.define({ name: 'default.web' });
    const names = join(test.host.directory, 'names');
    const reserved = await readdir(names);
    await expect(test.create()).rejects.toMatchObject({ code: 'NameTaken' });
    expect(await test.truth.vms()).toEqual([foreign]);
    expect(await test.truth.volumes()).toEqual([]);
    expect(await readdir(names)).toEqual(reserved);
  });

  it('P01 neither takes back nor makes anew what its owner has let go, but says that it is in the way', async () => {
    await test.create();
    await releaseVm(test.host, web);
    const left = await test.truth.vm('uid-web');
    await expect(test.create()).rejects.toMatchObject({ code: 'NameTaken' });
    expect(await test.truth.vm('uid-web')).toEqual(left);
    expect(left?.stamp).toBeUndefined();
  });

  it('makes one VM a name, of several owners at once', async () => {
    const attempts = ['a', 'b', 'c', 'd'].map((name) =>
      createVm(test.host, wantedVm(), {
        owner: ownerCalled(name),
        operationId: name,
        powerOn: true,
        ...unguarded,
      }),
    );
    const results = await Promise.allSettled(attempts);
    const made = results.filter(({ status }) => status === 'fulfilled');
    expect(made.length).toBeLessThanOrEqual(1);
    expect(await test.truth.vms()).toHaveLength(made.length);
  });

  it('takes over a name whose VM was never made', async () => {
    await test.truth.addFaults({
      id: 'f',
      point: 'create.claim',
      times: 1,
      effect: { kind: 'fail', code: 'Internal' },
    });
    await expect(test.create()).rejects.toMatchObject({ code: 'Injected' });
    await test.host.vms.update('uid-web', () => null); // as if killed between name and claim
    await expect(test.truth.define({ name: 'default.web' })).resolves.toMatchObject({ name: 'default.web' });
  });

  it('P14 cleans up when it is deleted in the middle', async () => {
    await test.truth.addFaults({
      id: 'slow',
      point: 'create.volume',
      effect: { kind: 'delay', delayMs: 30 },
    });
    const creating = test.create().then(
      () => 'made',
      (error: { code: string }) => error.code,
    );
    await until(async () => (await test.truth.volumes()).length > 0);
    await deleteVm(test.host, web);
    expect(await creating).toMatch(/^(NoSuchVm|WrongState)$/);
    expect(await test.truth.vms()).toEqual([]);
    expect(await test.truth.volumes()).toEqual([]);
  });

  it('attaches a finished disk again instead of writing over it', async () => {
    await test.create();
    await test.host.putVolume({ ...(await test.truth.volumes()).find(({ name }) => name === 'data')!, sizeBytes: 77 });
    await test.truth.remove('default.web', { keepVolumes: true });
    await test.create();
    expect((await test.truth.volumes()).find(({ name }) => name === 'data')?.sizeBytes).toBe(77);
  });

  it('goes on with what is wanted now when it was left half-made', async () => {
    await test.truth.addFaults({
      id: 'f',
      point: 'create.claim',
      times: 1,
      effect: { kind: 'fail', code: 'Internal' },
    });
    await expect(test.create()).rejects.toMatchObject({ code: 'Injected' });
    const vm = await test.create({ hardware: { ...wantedVm().hardware, cpus: 4 } });
    expect(vm.live?.cpus).toBe(4);
  });

  it('is claimed at once though its disk takes long to copy, and shows how far it is', async () => {
    await test.truth.setKnobs({ copyMs: 200 });
    const call = { owner: ownerCalled('web'), operationId: 'create-1', powerOn: true, ...unguarded };
    expect(await claimVm(test.host, wantedVm(), call)).toMatchObject({ lifecycle: 'creating' });
    const seen: number[] = [];
    await finishVm(test.host, wantedVm(), { ...call, progress: (percent) => void seen.push(percent) });
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i * 5));
    expect(await test.truth.vm('uid-web')).toMatchObject({ lifecycle: 'ready', power: 'on' });
  });

  it('has no effect once its caller is not entitled any more', async () => {
    const beforeEffect = () => {
      throw new Error('a newer leader');
    };
    const call = { owner: ownerCalled('web'), operationId: 'c', powerOn: true, ...unguarded, beforeEffect };
    await expect(createVm(test.host, wantedVm(), call)).rejects.toThrow('a newer leader');
    expect(await test.truth.vms()).toEqual([]);
  });

  it('says that an image is not there, or not yet', async () => {
    await test.truth.setKnobs({ images: ['other'] });
    await expect(test.create()).rejects.toMatchObject({ code: 'NoSuchImage' });
    const source = { kind: 'prepared', id: 'img' } as const;
    await expect(test.create({ source })).rejects.toMatchObject({ code: 'NoSuchImage' });
    await test.truth.setKnobs({ importMs: 600_000 });
    const image = {
      id: 'img',
      source: 'other',
      format: 'qcow2',
      checksum: '',
      storage: '',
      operationId: 'i',
      ...unguarded,
    };
    const beforeEffect = () => {
      throw new Error('too late');
    };
    await expect(importImage(test.host, { ...image, beforeEffect })).rejects.toThrow('too late');
    expect([...(await test.host.images.list())]).toEqual([]);
    await importImage(test.host, image);
    await expect(test.create({ source })).rejects.toMatchObject({ code: 'NoSuchImage' });
    await test.truth.removeImage('img');
    await test.truth.setKnobs({ importMs: 0 });
    await importImage(test.host, image);
    await expect(test.create({ source })).resolves.toMatchObject({ lifecycle: 'ready' });
    expect((await test.truth.volumes()).find(({ role }) => role === 'root')?.source).toBe('img');
  });

  it('does nothing while the hypervisor does not answer', async () => {
    await test.truth.setKnobs({ blind: true });
    await expect(test.create()).rejects.toMatchObject({ code: 'Unreachable' });
    expect(await test.truth.vms()).toEqual([]);
  });
});

describe('deleteVm', () => {
  let test: TestHypervisor;
  beforeEach(async () => {
    test = await testHypervisor();
  });
  afterEach(() => test.remove());

  it('removes the VM and its disks, keeps detached ones, and succeeds again', async () => {
    await test.create();
    await test.host.putVolume({ ...(await test.truth.volumes()).find(({ name }) => name === 'data')!, detached: true });
    await deleteVm(test.host, web);
    await deleteVm(test.host, web);
    expect(await test.truth.vms()).toEqual([]);
    expect((await test.truth.volumes()).map(({ name }) => name)).toEqual(['data']);
  });

  it.each([
    { because: 'the stamp was taken off', owner: null },
    { because: 'it bears another’s stamp', owner: ownerCalled('other') },
  ])('P01 leaves a VM alone when $because', async ({ owner }) => {
    await test.create();
    const vm = await test.truth.change('uid-web', { owner });
    await deleteVm(test.host, web);
    expect(await test.truth.vms()).toEqual([vm]);
    expect(await test.truth.volumes()).toHaveLength(3);
  });

  it('releases by taking off the stamp and nothing else', async () => {
    const { stamp: _stamp, ...vm } = await test.create();
    await releaseVm(test.host, web);
    expect(await test.truth.vms()).toEqual([vm]);
    expect(await test.truth.volumes()).toHaveLength(3);
  });
});
