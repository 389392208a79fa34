import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Hardware, VmRecord } from '../hypervisor/records.ts';
import { testHypervisor, unguarded } from '../testing/with-hypervisor.ts';
import type { TestHypervisor } from '../testing/with-hypervisor.ts';
import { wantedVm } from '../testing/wanted-vm.ts';
import { reconfigureVm } from './reconfigure-vm.ts';
import type { VmChanges } from './reconfigure-vm.ts';
import type { WantedDisk } from './wanted.ts';

const GiB = 1024 ** 3;
const disk = (name: string, sizeGiB: number): WantedDisk => ({
  name,
  sizeBytes: sizeGiB * GiB,
  provisioning: 'thin',
  storage: '',
  bus: 'virtio',
});
const nic = (name: string, network = 'n') => ({ name, mac: '', network, bridge: '', model: '', vlan: 0 });

describe('reconfigureVm', () => {
  let test: TestHypervisor;
  beforeEach(async () => {
    test = await testHypervisor();
  });
  afterEach(() => test.remove());

  const change = async (changes: VmChanges, options: { readonly validateOnly?: boolean } = {}): Promise<VmRecord> => {
    const call = { id: 'uid-web', ownerUid: 'uid-web', validateOnly: false, ...unguarded, ...options };
    await reconfigureVm(test.host, changes, call);
    const vm = await test.truth.vm('uid-web');
    return vm!;
  };
  const disks = async () =>
    Object.fromEntries(
      (await test.truth.volumes()).map(({ name, sizeBytes, detached }) => [name, [sizeBytes / GiB, detached]]),
    );

  const hotAdd: Partial<Hardware> = { cpus: 2, memoryBytes: 2 * GiB, maxCpus: 4, maxMemoryBytes: 4 * GiB };
  const rows: { because: string; hardware: Partial<Hardware>; live: Partial<Hardware> }[] = [
    { because: 'growing up to the ceiling is live', hardware: { cpus: 4 }, live: { cpus: 4 } },
    { because: 'memory grows likewise', hardware: { memoryBytes: 3 * GiB }, live: { memoryBytes: 3 * GiB } },
    { because: 'over the ceiling waits', hardware: { cpus: 5 }, live: { cpus: 2 } },
    { because: 'shrinking waits', hardware: { cpus: 1 }, live: { cpus: 2 } },
    { because: 'a higher ceiling waits', hardware: { maxCpus: 8 }, live: { maxCpus: 4 } },
  ];
  it.each(rows)('resizes a running VM: $because', async ({ hardware, live }) => {
    await test.create({ hardware: { ...wantedVm().hardware, ...hotAdd } });
    const vm = await change({ hardware });
    expect(vm.configured).toMatchObject(hardware);
    expect(vm.live).toMatchObject(live);
  });

  it('takes everything while the VM is off', async () => {
    await test.create({}, { powerOn: false });
    const hardware = { cpus: 8, firmware: 'uefi', tpm: true } as const;
    const vm = await change({ hardware });
    expect(vm.configured).toMatchObject(hardware);
    expect(vm.live).toBeUndefined();
  });

  it('grows, adds and detaches disks, and attaches again with what was on them', async () => {
    await test.create();
    await change({ root: disk('', 20), disks: [disk('logs', 3)] });
    expect(await disks()).toMatchObject({ root: [20, false], data: [1, true], logs: [3, false] });
    await change({ disks: [disk('data', 2), disk('logs', 3)] });
    expect(await disks()).toMatchObject({ root: [20, false], data: [2, false], logs: [3, false] });
  });

  it('P81 knows disks by name, in whatever order', async () => {
    await test.create({ disks: [disk('a', 1), disk('b', 2)] });
    const before = await test.truth.volumes();
    await change({ disks: [disk('b', 2), disk('a', 1)] });
    expect(await test.truth.volumes()).toEqual(before);
  });

  it('keeps the MAC of a NIC that stays, in whatever order', async () => {
    const vm = await test.create();
    const { nics } = await change({ nics: [nic('new'), nic('lan')] });
    expect(nics.map(({ name }) => name)).toEqual(['new', 'lan']);
    expect(nics[1]?.mac).toBe(vm.nics[0]?.mac);
    expect(nics[0]?.mac).toMatch(/^02(:[0-9a-f]{2}){5}$/);
  });

  it('replaces tags', async () => {
    await test.create({ tags: { a: '1', b: '2' } });
    expect((await change({ tags: { b: '3' } })).tags).toEqual({ b: '3' });
  });

  const refused: { because: string; changes: VmChanges; code: string }[] = [
    { because: 'a running VM keeps its firmware', changes: { hardware: { firmware: 'uefi' } }, code: 'WrongState' },
    {
      because: 'P83 a disk never shrinks',
      changes: { disks: [disk('logs', 3), disk('data', 0.5)] },
      code: 'DiskShrinks',
    },
    { because: 'the network is not there', changes: { nics: [nic('a', 'nowhere')] }, code: 'NoSuchNetwork' },
    { because: 'there is no space', changes: { disks: [disk('data', 1), disk('logs', 9)] }, code: 'NoSpace' },
  ];
  it.each(refused)('changes nothing when it refuses: $because', async ({ changes, code }) => {
    const vm = await test.create({ nics: [nic('lan', 'default')] });
    const volumes = await test.truth.volumes();
    await test.truth.setKnobs({ networks: ['default'], capacityBytes: 6 * GiB });
    await expect(change({ ...changes, tags: { new: '' } })).rejects.toMatchObject({ code });
    expect(await test.truth.vm(vm.id)).toEqual(vm);
    expect(await test.truth.volumes()).toEqual(volumes);
  });

  it('only checks when it is only to check', async () => {
    const vm = await test.create();
    expect(await change({ hardware: { cpus: 9 }, disks: [disk('x', 1)] }, { validateOnly: true })).toEqual(vm);
    expect(await test.truth.volumes()).toHaveLength(3);
    await expect(change({ disks: [disk('data', 0.5)] }, { validateOnly: true })).rejects.toMatchObject({
      code: 'DiskShrinks',
    });
  });

  it('P01 leaves alone what is not its owner’s', async () => {
    await test.create();
    const vm = await test.truth.change('uid-web', { owner: null });
    await expect(change({ hardware: { cpus: 9 } })).rejects.toMatchObject({ code: 'NotOwner' });
    expect(await test.truth.vm('uid-web')).toEqual(vm);
  });
});
