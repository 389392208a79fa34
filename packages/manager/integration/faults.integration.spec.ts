import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { difference, Stack, type Thing } from './stack/stack.ts';
import { until } from './stack/until.ts';

describe('a VirtualMachine when things go wrong', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start();
    await stack.lab();
  });

  afterEach(async () => {
    await stack.hypervisor.clearFaults();
  });

  afterAll(async () => {
    await stack.stop();
  });

  // Every code is gone through in life.spec.ts; these are what a provider can answer for its hypervisor.
  const otherCodes = [
    'NotFound',
    'FailedPrecondition',
    'PermissionDenied',
    'Unauthenticated',
    'Unavailable',
    'DeadlineExceeded',
    'Aborted',
    'InvalidArgument',
  ];

  it('P04 no code but VM_ABSENT is an absence: nothing is created, no finalizer leaves', async () => {
    const lookAgain = (token: string) =>
      stack.edit('VirtualMachine', 'default/kept', {
        metadata: { annotations: { 'virtrigaud.io/reconcile-now': token } },
      });
    await stack.createVm('default/kept', { vanishedPolicy: 'Recreate' });
    await stack.ready('default/kept');
    const before = await stack.rpcs();
    const describes = async () => difference(before, await stack.rpcs())['Describe'] ?? 0;
    for (const [index, code] of otherCodes.entries()) {
      const effect = { kind: 'fail', code, reason: 'SOMETHING_ELSE' };
      await stack.hypervisor.addFaults({ id: `find-${code}`, point: 'find', times: 1, effect });
      await lookAgain(code);
      await until(
        `Describe has failed with ${code}`,
        async () => (await describes()) > 2 * index,
        () => stack.manager.log(),
      );
      await lookAgain(`${code} again`);
      await until(
        `it was answered after ${code}`,
        async () => handled(await stack.get('VirtualMachine', 'default/kept')) === `${code} again`,
        () => stack.manager.log(),
      );
    }
    expect(difference(before, await stack.rpcs())['Create']).toBeUndefined();
    for (const code of otherCodes) {
      await stack.hypervisor.addFaults({
        id: `delete-${code}`,
        point: 'delete',
        times: 1,
        effect: { kind: 'fail', code, reason: 'SOMETHING_ELSE' },
      });
    }
    await stack.delete('VirtualMachine', 'default/kept');
    await stack.condition('VirtualMachine', 'default/kept', 'Provisioned', 'DeleteFailed');
    expect((await stack.get('VirtualMachine', 'default/kept'))?.metadata.finalizers).toHaveLength(1);
    expect((await stack.hypervisor.vm('default.kept'))?.power).toBe('on');
    await stack.hypervisor.clearFaults();
    await stack.edit('VirtualMachine', 'default/kept', {
      metadata: { annotations: { 'virtrigaud.io/reconcile-now': 'go on' } },
    });
    await stack.gone('VirtualMachine', 'default/kept');
    expect(await stack.hypervisor.vm('default.kept')).toBeUndefined();
  });

  it('P10 while the hypervisor is away the object waits and says for what; after its return the machine is deleted', async () => {
    await stack.createVm('default/patient');
    await stack.ready('default/patient');
    await stack.hypervisor.setKnobs({ blind: true });
    await until('the Provider says so', async () => {
      const provider = await stack.get('Provider', 'default/lab');
      return provider?.status?.conditions?.some(
        ({ type, status }) => type === 'InventoryComplete' && status === 'False',
      );
    });
    await stack.delete('VirtualMachine', 'default/patient');
    const waiting = await stack.condition('VirtualMachine', 'default/patient', 'ProviderAvailable', 'False');
    expect(waiting.metadata.finalizers).toHaveLength(1);
    await stack.hypervisor.setKnobs({ blind: false });
    await stack.gone('VirtualMachine', 'default/patient');
    expect(await stack.hypervisor.vm('default.patient')).toBeUndefined();
  });

  it('P03 a lost reply of Create: one machine, found again by its stamp', async () => {
    await stack.hypervisor.addFaults({
      id: 'reply',
      point: 'create.reply',
      times: 1,
      effect: { kind: 'fail', code: 'Unavailable' },
    });
    await stack.createVm('default/lost');
    const vm = await stack.ready('default/lost');
    expect((await stack.hypervisor.vms()).filter(({ stamp }) => stamp?.owner.uid === vm.metadata.uid)).toHaveLength(1);
  });

  it('a machine that is gone is reported, and made again only where its owner asks for that', async () => {
    await stack.createVm('default/fragile');
    await stack.ready('default/fragile');
    const before = await stack.rpcs();
    await stack.hypervisor.remove('default.fragile');
    await stack.condition('VirtualMachine', 'default/fragile', 'Stalled', 'Vanished');
    expect(difference(before, await stack.rpcs())).toEqual({ Describe: 1 });
    await stack.edit('VirtualMachine', 'default/fragile', { spec: { vanishedPolicy: 'Recreate' } });
    await stack.ready('default/fragile');
    expect((await stack.hypervisor.vm('default.fragile'))?.power).toBe('on');
  });

  it('P02 the manager is killed and comes back: it knows its machines, and makes none twice', async () => {
    await stack.createVm('default/survivor');
    const first = await stack.ready('default/survivor');
    stack.manager.kill('SIGKILL');
    await stack.manager.exited;
    await stack.hypervisor.change('default.survivor', { power: 'off' });
    await stack.restartManager();
    await until(
      'it is powered on again',
      async () => (await stack.hypervisor.vm('default.survivor'))?.power === 'on',
      () => stack.manager.log(),
    );
    expect((await stack.rpcs())['Create']).toBeUndefined();
    expect((await stack.ready('default/survivor')).status?.id).toBe(first.status?.id);
  });

  it('what is missing is waited for, named, and taken when it comes', async () => {
    await stack.createVm('default/waiting', {
      imageRef: { name: 'later' },
      userData: { cloudInit: { secretRef: { name: 'guest' } } },
    });
    const waiting = await stack.condition('VirtualMachine', 'default/waiting', 'Provisioned', 'WaitingForDependency');
    expect(waiting.status?.binding).toBeUndefined();
    await stack.create('VMImage', 'default/later', { source: { custom: [{ type: 'mock', template: 'x' }] } });
    await until(
      'the Secret is named',
      async () => {
        const vm = await stack.get('VirtualMachine', 'default/waiting');
        return vm?.status?.conditions?.some(({ message }) => message.startsWith('Secret guest'));
      },
      () => stack.manager.log(),
    );
    await stack.delete('VirtualMachine', 'default/waiting');
    await stack.gone('VirtualMachine', 'default/waiting');
  });

  it('a Provider whose type nobody serves says which packages were looked for', async () => {
    await stack.create('Provider', 'default/strange', { type: 'strange', endpoint: 'strange://x' });
    const provider = await stack.condition('Provider', 'default/strange', 'Stalled', 'PackageMissing');
    const message = provider.status?.conditions?.find(({ type }) => type === 'RuntimeReady')?.message;
    expect(message).toContain('@virtrigaud/provider-strange, virtrigaud-provider-strange');
    await stack.delete('Provider', 'default/strange');
    await stack.gone('Provider', 'default/strange');
  });

  it('too many machines missing at once are not believed, until a person accepts it', async () => {
    const keys = ['a', 'b', 'c', 'd'].map((name) => `default/shrink-${name}`);
    await Promise.all(keys.map((key) => stack.createVm(key, { vanishedPolicy: 'Recreate' })));
    for (const key of keys) await stack.ready(key);
    stack.manager.kill('SIGTERM');
    await stack.manager.exited;
    for (const key of keys) await stack.hypervisor.remove(key.replace('/', '.'));
    await stack.restartManager();
    await stack.condition('Provider', 'default/lab', 'InventoryComplete', 'InventoryShrunk');
    for (const key of keys) await stack.condition('VirtualMachine', key, 'ProviderAvailable', 'InventoryShrunk');
    expect((await stack.rpcs())['Create']).toBeUndefined();
    const annotations = { 'virtrigaud.io/accept-inventory': '2026-01-01T00:00:00Z' };
    await stack.edit('Provider', 'default/lab', { metadata: { annotations } });
    for (const key of keys) await stack.ready(key);
    expect((await stack.rpcs())['Create']).toBe(keys.length);
    await stack.condition('Provider', 'default/lab', 'InventoryComplete', 'Complete');
  });

  it('ends in order on SIGTERM', async () => {
    stack.manager.kill('SIGTERM');
    expect(await stack.manager.exited).toBe(0);
    await stack.restartManager();
  });
});

/** The value of reconcile-now that was acted on last. */
function handled(vm: Thing | undefined): string | undefined {
  return (vm?.status as { readonly handledReconcileNow?: string } | undefined)?.handledReconcileNow;
}
