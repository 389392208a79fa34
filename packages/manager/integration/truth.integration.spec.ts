import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Stack, type Thing } from './stack/stack.ts';
import { until } from './stack/until.ts';

const conditionOf = (thing: Thing | undefined, type: string) =>
  thing?.status?.conditions?.find((each) => each.type === type);
const handled = (thing: Thing | undefined) =>
  (thing?.status as { readonly handledReconcileNow?: string } | undefined)?.handledReconcileNow;
const asks = (token: string) => ({ metadata: { annotations: { 'virtrigaud.io/reconcile-now': token } } });

describe('status says what was seen', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start();
    await stack.lab();
    await stack.createVm('default/first');
    await stack.ready('default/first');
  });

  afterAll(async () => {
    await stack.stop();
  });

  it('a prepared image that somebody removed is prepared again for the next machine, by itself', async () => {
    const [image] = await stack.hypervisor.images();
    await stack.hypervisor.removeImage(image?.id ?? '');
    await stack.createVm('default/second');
    await stack.ready('default/second');
    expect((await stack.hypervisor.images()).map(({ id }) => id)).toEqual([image?.id]);
  });

  it('a name that becomes free wakes the machine that was refused it', async () => {
    await stack.createVm('default/holder', { hypervisorName: 'wanted' });
    await stack.ready('default/holder');
    await stack.createVm('default/waiter', { hypervisorName: 'wanted' });
    await stack.condition('VirtualMachine', 'default/waiter', 'Stalled', 'NameTaken');
    await stack.delete('VirtualMachine', 'default/holder');
    await stack.ready('default/waiter');
  });

  it('reconcile-now on a Provider is echoed when it has been looked at', async () => {
    await stack.hypervisor.setKnobs({ networks: ['default', 'lan'] });
    await stack.edit('Provider', 'default/lab', { spec: { defaults: { network: 'no-such' } } });
    const refused = await stack.condition('Provider', 'default/lab', 'Ready', 'InvalidConfiguration');
    expect(conditionOf(refused, 'Ready')?.message).toContain('no-such');
    await stack.hypervisor.setKnobs({ networks: ['default', 'lan', 'no-such'] });
    await stack.edit('Provider', 'default/lab', asks('look'));
    const looked = await until('the look is echoed', async () => {
      const provider = await stack.get('Provider', 'default/lab');
      return handled(provider) === 'look' && provider;
    });
    expect(conditionOf(looked, 'Ready')?.reason).toBe('Ready');
    await stack.edit('Provider', 'default/lab', { spec: { defaults: null } });
    await stack.condition('Provider', 'default/lab', 'Ready', 'True');
  });

  it('P34 the health of a Provider follows its hypervisor, both ways', async () => {
    await stack.edit('Provider', 'default/lab', { spec: { healthCheck: { interval: '1s', failureThreshold: 1 } } });
    await stack.condition('Provider', 'default/lab', 'Ready', 'True');
    await stack.hypervisor.setKnobs({ blind: true });
    await stack.condition('Provider', 'default/lab', 'Healthy', 'HypervisorUnreachable');
    await stack.condition('Provider', 'default/lab', 'Ready', 'False');
    await stack.hypervisor.setKnobs({ blind: false });
    await stack.condition('Provider', 'default/lab', 'Healthy', 'Reachable');
    await stack.condition('Provider', 'default/lab', 'Ready', 'True');
  });

  it('P15 a deletion says what it waits for, and since when, while the hypervisor is off', async () => {
    await stack.hypervisor.setKnobs({ blind: true });
    await stack.condition('Provider', 'default/lab', 'Ready', 'False');
    await stack.delete('VirtualMachine', 'default/second');
    const waiting = await stack.condition('VirtualMachine', 'default/second', 'ProviderAvailable', 'InventoryStale');
    expect(conditionOf(waiting, 'ProviderAvailable')?.message).toMatch(/since \d{4}-\d\d-\d\dT[\d:]+Z: /);
    expect(conditionOf(waiting, 'Ready')?.reason).toBe('InventoryStale');
    expect(waiting.metadata.finalizers).toHaveLength(1);
    await stack.hypervisor.setKnobs({ blind: false });
    await stack.gone('VirtualMachine', 'default/second');
  });

  it('P36 the class and the image of a running machine are deleted: nothing happens to it', async () => {
    await stack.create('VMClass', 'default/small', { cpu: 1, memory: '1Gi' });
    await stack.create('VMImage', 'default/own', { source: { custom: [{ type: 'mock', template: 'debian-12' }] } });
    const refs = { classRef: { name: 'small' }, imageRef: { name: 'own' } };
    await stack.createVm('default/resident', refs);
    await stack.ready('default/resident');
    const before = await stack.hypervisor.vm('default.resident');
    await stack.delete('VMClass', 'default/small');
    await stack.delete('VMImage', 'default/own');
    const waiting = await stack.condition(
      'VirtualMachine',
      'default/resident',
      'ConfigurationApplied',
      'WaitingForDependency',
    );
    expect(conditionOf(waiting, 'ConfigurationApplied')?.message).toContain('VMClass default/small');
    expect(conditionOf(waiting, 'PowerStateReached')?.status).toBe('True');
    expect(waiting.status?.phase).toBe('Running');
    expect(await stack.hypervisor.vm('default.resident')).toEqual(before);
    await stack.edit('VirtualMachine', 'default/resident', { spec: { powerState: 'Off' } });
    await until('it is off', async () => (await stack.hypervisor.vm('default.resident'))?.power === 'off');
    await stack.delete('VirtualMachine', 'default/resident');
    await stack.gone('VirtualMachine', 'default/resident');
  });

  it('P24 a manager that starts again changes nothing that was true', async () => {
    const objects = [
      ['Provider', 'default/lab'],
      ['VMImage', 'default/debian'],
      ['VirtualMachine', 'default/first'],
    ] as const;
    await stack.ready('default/first');
    await stack.condition('Provider', 'default/lab', 'Ready', 'True');
    const versions = async () =>
      Promise.all(objects.map(async ([kind, key]) => (await stack.get(kind, key))?.metadata.resourceVersion));
    const before = await versions();
    const lab = await stack.get('Provider', 'default/lab');
    if (!lab) throw new Error('it was just read');
    const writes = stack.follow('Provider', lab);
    stack.manager.kill('SIGTERM');
    await stack.manager.exited;
    await stack.restartManager();
    // Something that only a manager does that has seen everything.
    await stack.createVm('default/after');
    await stack.ready('default/after');
    await stack.delete('VirtualMachine', 'default/after');
    await stack.gone('VirtualMachine', 'default/after');
    const after = await versions();
    expect(after.slice(1)).toEqual(before.slice(1));
    expect(writes().filter((write) => !write.endsWith('Ready=True'))).toEqual([]);
  });

  it('P16 a Provider that goes takes its connection with it', async () => {
    for (const { metadata } of (await stack.client('VirtualMachine').list()).items)
      await stack.delete('VirtualMachine', `${metadata.namespace ?? ''}/${metadata.name}`);
    await stack.delete('Provider', 'default/lab');
    await stack.gone('Provider', 'default/lab');
    const series = (await stack.metrics()).split('\n').filter((line) => line.includes('provider="default/lab"'));
    expect(series.filter((line) => /^virtrigaud_(breaker_state|inventory_age_seconds|vms)/.test(line))).toEqual([]);
    // Its socket, and with it every stream and channel.
    expect(await readdir(join(stack.directory, 'run'))).toEqual([]);
  });
});
