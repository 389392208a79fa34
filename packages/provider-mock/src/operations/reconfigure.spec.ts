import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Hardware, VmRecord } from '../hypervisor/records.ts';
import { testHypervisor, unhurried } from '../testing/with-hypervisor.ts';
import type { TestHypervisor } from '../testing/with-hypervisor.ts';
import { wantedVm } from '../testing/wanted-vm.ts';
import { changeDisks } from './change-disks.ts';
import { changeNics } from './change-nics.ts';
import { resizeVm } from './resize-vm.ts';
import type { WantedDisk } from './wanted.ts';

const GiB = 1024 ** 3;
const disk = (name: string, sizeGiB: number): WantedDisk => ({
  name,
  sizeBytes: sizeGiB * GiB,
  provisioning: 'thin',
  storage: '',
  bus: 'virtio',
});

describe('changing a VM', () => {
  let test: TestHypervisor;
  beforeEach(async () => {
    test = await testHypervisor();
  });
  afterEach(() => test.remove());

  describe('resizeVm', () => {
    const hotAdd: Partial<Hardware> = { cpus: 2, memoryBytes: 2 * GiB, maxCpus: 4, maxMemoryBytes: 4 * GiB };
    const rows: { because: string; change: Partial<Hardware>; live: Partial<Hardware> }[] = [
      { because: 'growing up to the ceiling is live', change: { cpus: 4 }, live: { cpus: 4 } },
      { because: 'memory grows likewise', change: { memoryBytes: 3 * GiB }, live: { memoryBytes: 3 * GiB } },
      { because: 'over the ceiling waits', change: { cpus: 5 }, live: { cpus: 2 } },
      { because: 'shrinking waits', change: { cpus: 1 }, live: { cpus: 2 } },
      { because: 'a higher ceiling waits', change: { maxCpus: 8 }, live: { maxCpus: 4 } },
    ];
    it.each(rows)('of a running VM: $because', async ({ change, live }) => {
      const vm = await test.create({ hardware: { ...wantedVm().hardware, ...hotAdd } });
      const resized = await resizeVm(test.host, vm, { change, signal: unhurried });
      expect(resized.configured).toMatchObject(change);
      expect(resized.live).toMatchObject(live);
    });

    it('of one that is off takes everything', async () => {
      const vm = await test.create({}, { powerOn: false });
      const change = { cpus: 8, firmware: 'uefi', tpm: true } as const;
      const resized = await resizeVm(test.host, vm, { change, signal: unhurried });
      expect(resized.configured).toMatchObject(change);
      expect(resized.live).toBeUndefined();
    });

    it('refuses what a running VM cannot have, and changes nothing', async () => {
      const vm = await test.create();
      const change = { cpus: 8, firmware: 'uefi' } as const;
      await expect(resizeVm(test.host, vm, { change, signal: unhurried })).rejects.toMatchObject({
        code: 'WrongState',
      });
      expect(await test.truth.vm(vm.id)).toEqual(vm);
    });
  });

  describe('changeDisks', () => {
    const shown = async () =>
      Object.fromEntries(
        (await test.truth.volumes()).map(({ name, sizeBytes, detached }) => [name, [sizeBytes / GiB, detached]]),
      );
    const change = async (vm: VmRecord, disks: readonly WantedDisk[], root?: WantedDisk) =>
      changeDisks(test.host, vm, { disks, ...(root ? { root } : {}), signal: unhurried });

    it('grows, adds and detaches, and attaches again with what was on it', async () => {
      const vm = await test.create();
      await change(vm, [disk('logs', 3)], disk('', 20));
      expect(await shown()).toMatchObject({ root: [20, false], data: [1, true], logs: [3, false] });
      await change(vm, [disk('data', 2), disk('logs', 3)]);
      expect(await shown()).toMatchObject({ root: [20, false], data: [2, false], logs: [3, false] });
    });

    it('P83 refuses to shrink, and changes nothing', async () => {
      const vm = await test.create({ disks: [disk('data', 5)] });
      await expect(change(vm, [disk('logs', 3), disk('data', 4)])).rejects.toMatchObject({
        code: 'DiskShrinks',
        message: expect.stringContaining('data'),
      });
      expect(await shown()).toMatchObject({ data: [5, false] });
      expect(Object.keys(await shown())).not.toContain('logs');
    });

    it('says when there is no space', async () => {
      const vm = await test.create();
      await test.truth.setKnobs({ capacityBytes: 4 * GiB });
      await expect(change(vm, [disk('data', 1), disk('logs', 3)])).rejects.toMatchObject({ code: 'NoSpace' });
    });
  });

  describe('changeNics', () => {
    it('keeps the MAC of a NIC that stays, in whatever order', async () => {
      const vm = await test.create();
      const nic = (name: string) => ({ name, mac: '', network: 'n', bridge: '', model: '', vlan: 0 });
      const { nics } = await changeNics(test.host, vm, { nics: [nic('new'), nic('lan')], signal: unhurried });
      expect(nics.map(({ name }) => name)).toEqual(['new', 'lan']);
      expect(nics[1]?.mac).toBe(vm.nics[0]?.mac);
      expect(nics[0]?.mac).toMatch(/^02(:[0-9a-f]{2}){5}$/);
    });

    it('says which network is not there', async () => {
      const vm = await test.create();
      await test.truth.setKnobs({ networks: ['default'] });
      const nics = [{ name: 'a', mac: '', network: 'nowhere', bridge: '', model: '', vlan: 0 }];
      await expect(changeNics(test.host, vm, { nics, signal: unhurried })).rejects.toMatchObject({
        code: 'NoSuchNetwork',
        message: expect.stringContaining('nowhere'),
      });
    });
  });
});
