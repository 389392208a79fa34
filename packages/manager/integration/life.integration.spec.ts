import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openMockHypervisor } from './stack/mock-hypervisor.ts';
import { difference, Stack } from './stack/stack.ts';
import { until } from './stack/until.ts';

describe('a VirtualMachine on the whole path', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start();
    await stack.lab();
    // The image is prepared at its first use: what follows counts a VM's own calls.
    await stack.createVm('default/first');
    await stack.ready('default/first');
  });

  afterAll(async () => {
    await stack.stop();
  });

  it('applied to Ready: one finalizer, two status writes, one mutation, one read; deleted: one more of each', async () => {
    const before = await stack.rpcs();
    const seen = stack.follow('VirtualMachine', await stack.createVm('default/web'));
    const vm = await stack.ready('default/web');
    expect(vm.status).toMatchObject({ phase: 'Running', powerState: 'On', resources: { cpu: 2, memory: '2Gi' } });
    expect(difference(before, await stack.rpcs())).toEqual({ Create: 1, Describe: 1 });
    expect(await stack.hypervisor.vm('default.web')).toMatchObject({
      power: 'on',
      stamp: { owner: { uid: vm.metadata.uid } },
    });
    await stack.delete('VirtualMachine', 'default/web');
    await stack.gone('VirtualMachine', 'default/web');
    expect(await stack.hypervisor.vm('default.web')).toBeUndefined();
    expect(difference(before, await stack.rpcs())).toEqual({ Create: 1, Describe: 2, Delete: 1 });
    expect(seen().slice(0, 3)).toEqual([
      'finalizer, unbound, Ready=none',
      'finalizer, bound, Ready=False',
      'finalizer, bound, Ready=True',
    ]);
  });

  it('P22 the calls of a life are a constant: twenty VMs make twenty times those of one', async () => {
    const before = await stack.rpcs();
    const keys = Array.from({ length: 20 }, (_, index) => `default/many-${String(index)}`);
    await Promise.all(keys.map((key) => stack.createVm(key)));
    for (const key of keys) await stack.ready(key);
    expect(difference(before, await stack.rpcs())).toEqual({ Create: 20, Describe: 20 });
    await Promise.all(keys.map((key) => stack.delete('VirtualMachine', key)));
    for (const key of keys) await stack.gone('VirtualMachine', key);
    expect(difference(before, await stack.rpcs())).toEqual({ Create: 20, Describe: 40, Delete: 20 });
  });

  it('P23 fifty VMs that come at once wake their Provider once a second and their image never, and each of them is worked twice', async () => {
    const counts = async () => ({
      startedMs: performance.now(),
      providers: await stack.reconciles('provider'),
      images: await stack.reconciles('vmimage'),
      vms: await stack.reconciles('virtualmachine'),
    });
    const before = await counts();
    const keys = Array.from({ length: 50 }, (_, index) => `default/crowd-${String(index)}`);
    await Promise.all(keys.map((key) => stack.createVm(key)));
    for (const key of keys) await stack.ready(key);
    const after = await counts();
    const seconds = (after.startedMs - before.startedMs) / 1_000;
    // Two changes of each VM concern the Provider: a hundred without the wait.
    expect(after.providers - before.providers).toBeLessThanOrEqual(10 + 2 * seconds);
    expect(after.images - before.images).toBe(0);
    expect(after.vms - before.vms).toBeLessThanOrEqual(3 * keys.length);
    await Promise.all(keys.map((key) => stack.delete('VirtualMachine', key)));
    for (const key of keys) await stack.gone('VirtualMachine', key);
  });

  it('P01 one name in two namespaces, and a foreign machine of a wanted name: nobody touches what is not theirs', async () => {
    await stack.namespace('other');
    await stack.hypervisor.define({ name: 'default.taken', power: 'on' });
    await Promise.all(['default/twin', 'other/twin', 'default/taken'].map((key) => stack.createVm(key)));
    const [one, two] = [await stack.ready('default/twin'), await stack.ready('other/twin')];
    expect(one.status?.id).not.toBe(two.status?.id);
    const taken = await stack.condition('VirtualMachine', 'default/taken', 'Stalled', 'NameTaken');
    expect(taken.status?.binding).toBeUndefined();
    for (const key of ['default/taken', 'default/twin']) {
      await stack.delete('VirtualMachine', key);
      await stack.gone('VirtualMachine', key);
    }
    expect((await stack.hypervisor.vm('default.taken'))?.power).toBe('on');
    expect((await stack.hypervisor.vm('other.twin'))?.stamp?.owner.uid).toBe(two.metadata.uid);
  });

  it('edits of cpu, memory and power act, and status says what the hypervisor says', async () => {
    await stack.createVm('default/edited');
    await stack.ready('default/edited');
    await stack.edit('VirtualMachine', 'default/edited', { spec: { resources: { cpu: 4, memory: '3Gi' } } });
    const waiting = await stack.condition(
      'VirtualMachine',
      'default/edited',
      'ConfigurationApplied',
      'RestartRequired',
    );
    expect(waiting.status?.resources).toEqual({ cpu: 2, memory: '2Gi' });
    expect(waiting.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
    await stack.edit('VirtualMachine', 'default/edited', { spec: { powerState: 'Off' } });
    expect((await stack.ready('default/edited')).status).toMatchObject({ phase: 'Stopped', powerState: 'Off' });
    await stack.edit('VirtualMachine', 'default/edited', { spec: { powerState: 'On' } });
    const grown = await stack.ready('default/edited');
    expect(grown.status).toMatchObject({ phase: 'Running', powerState: 'On', resources: { cpu: 4, memory: '3Gi' } });
    expect((await stack.hypervisor.vm('default.edited'))?.live).toMatchObject({ cpus: 4, memoryBytes: 3 * 2 ** 30 });
  });

  it('PowerCycle shuts down, changes and starts again for an edit of the machine itself', async () => {
    await stack.createVm('default/cycled', { updatePolicy: 'PowerCycle' });
    await stack.ready('default/cycled');
    await stack.edit('VirtualMachine', 'default/cycled', { spec: { resources: { cpu: 4, memory: '2Gi' } } });
    const grown = await stack.ready('default/cycled');
    expect(grown.status).toMatchObject({ powerState: 'On', resources: { cpu: 4 } });
  });

  it('P31 a change behind the back is seen without polling and corrected', async () => {
    await stack.createVm('default/watched');
    await stack.ready('default/watched');
    const before = await stack.rpcs();
    await stack.hypervisor.change('default.watched', { power: 'off' });
    await until('it is powered on again', async () => (await stack.hypervisor.vm('default.watched'))?.power === 'on');
    await stack.ready('default/watched');
    await until('the power-on was looked at', async () => difference(before, await stack.rpcs())['Describe'] === 1);
    expect(difference(before, await stack.rpcs())).toEqual({ Power: 1, Describe: 1 });
  });

  it('P23 a hypervisor that hardly answers delays nobody else', async () => {
    const directory = join(stack.directory, 'slow');
    const slow = await openMockHypervisor(directory);
    await stack.create('Provider', 'default/slow', { type: 'mock', endpoint: `mock://${directory}` });
    await stack.condition('Provider', 'default/slow', 'Ready', 'True');
    await stack.createVm('default/slow-first', { providerRef: { name: 'slow' } });
    await stack.ready('default/slow-first');
    await slow.setKnobs({ latencyMs: 5_000 });
    const names = Array.from({ length: 20 }, (_, index) => `default/slow-${String(index)}`);
    await Promise.all(names.map((name) => stack.createVm(name, { providerRef: { name: 'slow' } })));
    await stack.createVm('default/quick');
    await stack.ready('default/quick');
    const slowOnes = await Promise.all(names.map((name) => stack.get('VirtualMachine', name)));
    expect(slowOnes.filter((vm) => vm?.status?.id !== undefined)).toEqual([]);
    await slow.setKnobs({ latencyMs: 0 });
    for (const name of names) await stack.ready(name);
  });

  it('one leads: a second manager waits, and takes over when the first ends', async () => {
    const second = stack.startSecond();
    await second.line('manager started');
    await stack.createVm('default/under-the-first');
    await stack.ready('default/under-the-first');
    expect(second.log()).not.toContain('"manager ready"');
    stack.manager.kill('SIGTERM');
    expect(await stack.manager.exited).toBe(0);
    stack.manager = second;
    await stack.managerReady();
    await stack.createVm('default/under-the-second');
    await stack.ready('default/under-the-second');
  });

  it('P16 a Provider that is deleted while it is in use waits, names its machines, and serves them on', async () => {
    await stack.createVm('default/resident');
    await stack.ready('default/resident');
    await stack.delete('Provider', 'default/lab');
    const provider = await stack.condition('Provider', 'default/lab', 'Ready', 'InUse');
    const message = provider.status?.conditions?.find(({ type }) => type === 'Ready')?.message;
    expect(message).toContain('default/resident');
    await stack.hypervisor.change('default.resident', { power: 'off' });
    await until('it is still served', async () => (await stack.hypervisor.vm('default.resident'))?.power === 'on');
    for (const { metadata } of (await stack.client('VirtualMachine').list()).items) {
      await stack.delete('VirtualMachine', `${metadata.namespace ?? ''}/${metadata.name}`);
    }
    await stack.delete('Provider', 'default/slow');
    await stack.gone('Provider', 'default/slow');
    await stack.gone('Provider', 'default/lab');
    expect((await stack.hypervisor.vms()).map(({ name }) => name)).toEqual(['default.taken']);
  });
});
