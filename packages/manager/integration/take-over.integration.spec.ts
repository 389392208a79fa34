import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openMockHypervisor, type MockHypervisor } from './stack/mock-hypervisor.ts';
import { Stack, type Thing } from './stack/stack.ts';
import { until } from './stack/until.ts';

const names = ['web-0', 'web-1', 'db-0', 'off-0'];
const specOf = (name: string) => ({
  ...(name === 'off-0' ? { powerState: 'Off' } : {}),
  disks: [{ name: 'data', size: '1Gi' }],
});

/** The one hypervisor, with its Provider and image, of a cluster that is lost and of the one that is built in its place. */
async function applyLab(stack: Stack, hypervisor: MockHypervisor): Promise<void> {
  await stack.create('Provider', 'default/lab', { type: 'mock', endpoint: `mock://${hypervisor.directory}` });
  await stack.create('VMImage', 'default/debian', { source: { custom: [{ type: 'mock', template: 'debian-12' }] } });
  await stack.condition('Provider', 'default/lab', 'Ready', 'True');
}

describe('a cluster that was lost and built again', () => {
  let directory: string;
  let hypervisor: MockHypervisor;
  let stack: Stack;
  let before: Awaited<ReturnType<MockHypervisor['vms']>>;
  const lost = new Map<string, string>();

  const takeOver = (name: string) => ({ annotations: { 'virtrigaud.io/take-over': lost.get(name) ?? '' } });
  const apply = (name: string, metadata: object) =>
    stack.create(
      'VirtualMachine',
      `default/${name}`,
      {
        providerRef: { name: 'lab' },
        imageRef: { name: 'debian' },
        resources: { cpu: 2, memory: '2Gi' },
        ...specOf(name),
      },
      metadata,
    );
  const conditionOf = (vm: Thing, type: string) => vm.status?.conditions?.find((each) => each.type === type);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'vr-take-over-'));
    hypervisor = await openMockHypervisor(directory);
    const first = await Stack.start();
    try {
      await applyLab(first, hypervisor);
      for (const name of names) await first.createVm(`default/${name}`, specOf(name));
      for (const name of names) lost.set(name, (await first.ready(`default/${name}`)).metadata.uid ?? '');
    } finally {
      await first.stop();
    }
    before = await hypervisor.vms();
    stack = await Stack.start();
    await applyLab(stack, hypervisor);
  });

  afterAll(async () => {
    await stack.stop();
    await rm(directory, { recursive: true });
  });

  it('restore drill: the objects come back with take-over, and the machines are the same; none was made, none deleted', async () => {
    for (const name of names.slice(0, 3)) await apply(name, takeOver(name));
    for (const name of names.slice(0, 3)) {
      const vm = await stack.ready(`default/${name}`);
      expect(conditionOf(vm, 'Provisioned')?.reason).toBe('Adopted');
      expect(vm.status?.id).toBe(lost.get(name));
      expect((await hypervisor.vm(`default.${name}`))?.stamp?.owner.uid).toBe(vm.metadata.uid);
    }
    const rpcs = await stack.rpcs();
    expect([rpcs['Adopt'], rpcs['Create'], rpcs['Delete'], rpcs['Power'], rpcs['Reconfigure']]).toEqual([3]);
    const bare = (vms: typeof before) => vms.map(({ stamp: _stamp, ...vm }) => vm);
    expect(bare(await hypervisor.vms())).toEqual(bare(before));
  });

  it('P13 without the annotation the collision is named, and nothing is touched', async () => {
    await apply('off-0', {});
    const vm = await stack.condition('VirtualMachine', 'default/off-0', 'Stalled', 'NameTaken');
    expect(conditionOf(vm, 'Stalled')?.message).toContain('default.off-0');
    expect((await hypervisor.vm('default.off-0'))?.stamp?.owner.uid).toBe(lost.get('off-0'));
    await stack.edit('VirtualMachine', 'default/off-0', { metadata: takeOver('off-0') });
    expect((await stack.ready('default/off-0')).status).toMatchObject({ id: lost.get('off-0'), powerState: 'Off' });
  });

  it('P01 the machine of an object that is there stays its own', async () => {
    const owner = await stack.get('VirtualMachine', 'default/web-1');
    const annotations = { 'virtrigaud.io/take-over': owner?.metadata.uid };
    await apply('thief', { annotations });
    const thief = await stack.condition('VirtualMachine', 'default/thief', 'Stalled', 'NameTaken');
    expect(conditionOf(thief, 'Provisioned')?.message).toContain('default/web-1');
    expect((await hypervisor.vm('default.web-1'))?.stamp?.owner.uid).toBe(owner?.metadata.uid);
    await stack.delete('VirtualMachine', 'default/thief');
    await stack.gone('VirtualMachine', 'default/thief');
  });

  it('P13 deleting an object that took its machine over lets the machine go: it runs on, without a stamp', async () => {
    await stack.delete('VirtualMachine', 'default/web-0');
    await stack.gone('VirtualMachine', 'default/web-0');
    const released = await hypervisor.vm('default.web-0');
    expect(released).toMatchObject({ id: lost.get('web-0'), power: 'on' });
    expect(released?.stamp).toBeUndefined();
  });

  it('P13 where deletionPolicy says Delete, the machine goes with its disks', async () => {
    await stack.edit('VirtualMachine', 'default/db-0', { spec: { deletionPolicy: 'Delete' } });
    await stack.delete('VirtualMachine', 'default/db-0');
    await stack.gone('VirtualMachine', 'default/db-0');
    expect(await hypervisor.vm('default.db-0')).toBeUndefined();
    const volumes = await hypervisor.volumes();
    expect(volumes.filter(({ vmId }) => vmId === lost.get('db-0'))).toEqual([]);
  });

  it('what nobody bears is missed, and made only when the annotation goes', async () => {
    await apply('nobody', { annotations: { 'virtrigaud.io/take-over': '00000000-0000-4000-8000-000000000000' } });
    await stack.condition('VirtualMachine', 'default/nobody', 'Stalled', 'Vanished');
    expect(await hypervisor.vm('default.nobody')).toBeUndefined();
    await stack.edit('VirtualMachine', 'default/nobody', {
      metadata: { annotations: { 'virtrigaud.io/take-over': null } },
    });
    await stack.ready('default/nobody');
    await until('it is there', async () => (await hypervisor.vm('default.nobody'))?.power === 'on');
  });
});
