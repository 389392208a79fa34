import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Right } from './stack/api-tap.ts';
import type { Thing } from './stack/stack.ts';
import { TappedStack } from './stack/tapped-stack.ts';
import { until } from './stack/until.ts';

const messageOf = (thing: Thing, type: string) => thing.status?.conditions?.find((each) => each.type === type)?.message;
const nameOf = ({ verb, resource, subresource }: Right) =>
  [verb, [resource, subresource].filter(Boolean).join('/')].join(' ');

describe('a right that the manager lacks at the API server', () => {
  let tapped: TappedStack;
  const denied = new Set<string>();
  const deny = (right: string) => denied.add(right);

  beforeAll(async () => {
    // A status that nobody may write cannot say so.
    deny('patch virtualmachines/status');
    tapped = await TappedStack.start((api) => {
      api.forbids = (right) => denied.has(nameOf(right));
    });
  });

  afterAll(async () => {
    await tapped.stop();
  });

  it('P37 is asked for at the start, named by the readiness probe and the log, and asked for again', async () => {
    const { stack } = tapped;
    const lacking = 'lacks rights at the API server: patch virtualmachines.infra.virtrigaud.io/status';
    await until('it is named', async () => (await stack.readyz()).includes(lacking), stack.manager.log);
    expect(await stack.readyz()).toMatch(/^503/);
    expect(stack.manager.lines('the manager lacks rights at the API server; grant them')).toHaveLength(1);
    denied.clear();
    await stack.manager.line('the manager has the rights that it lacked');
    expect(await stack.readyz()).toMatch(/^200/);
    await stack.lab();
  });

  it('P37 to add its finalizer: the condition names it, and it goes on when it has the right', async () => {
    const { stack } = tapped;
    deny('patch virtualmachines');
    await stack.createVm('default/web');
    const waiting = await stack.condition('VirtualMachine', 'default/web', 'Provisioned', 'PermissionDenied');
    expect(messageOf(waiting, 'Provisioned')).toContain('virtualmachines is forbidden: the account cannot patch it');
    expect(messageOf(waiting, 'Ready')).toBe(messageOf(waiting, 'Provisioned'));
    denied.clear();
    await stack.edit('VirtualMachine', 'default/web', { spec: { tags: ['again'] } });
    await stack.ready('default/web');
  });

  it('P37 to remove its finalizer: likewise, and the object stays', async () => {
    const { stack } = tapped;
    deny('patch virtualmachines');
    await stack.delete('VirtualMachine', 'default/web');
    const waiting = await stack.condition('VirtualMachine', 'default/web', 'Ready', 'PermissionDenied');
    expect(messageOf(waiting, 'Ready')).toContain('cannot patch');
    expect(await stack.hypervisor.vm('default.web')).toBeUndefined();
    denied.clear();
    await stack.edit('VirtualMachine', 'default/web', {
      metadata: { annotations: { 'virtrigaud.io/reconcile-now': '1' } },
    });
    await stack.gone('VirtualMachine', 'default/web');
  });

  it("P37 to add a Provider's finalizer: the condition names it, and it goes on when it has the right", async () => {
    const { stack } = tapped;
    deny('patch providers');
    await stack.create('Provider', 'default/denied', stack.labSpec());
    const waiting = await stack.condition('Provider', 'default/denied', 'Ready', 'PermissionDenied');
    expect(messageOf(waiting, 'Ready')).toMatch(
      /providers is forbidden: the account cannot patch it.*; give the manager the right to patch providers/,
    );
    denied.clear();
    await stack.edit('Provider', 'default/denied', {
      metadata: { annotations: { 'virtrigaud.io/reconcile-now': '1' } },
    });
    // Nothing serves it here, which is said as soon as nothing else is in the way.
    await stack.condition('Provider', 'default/denied', 'Ready', 'InProcessFailed');
  });

  it("P37 to remove a Provider's finalizer: likewise, and the object stays", async () => {
    const { stack } = tapped;
    deny('patch providers');
    await stack.delete('Provider', 'default/denied');
    const waiting = await stack.condition('Provider', 'default/denied', 'Ready', 'PermissionDenied');
    expect(messageOf(waiting, 'Ready')).toContain('cannot patch');
    denied.clear();
    await stack.edit('Provider', 'default/denied', {
      metadata: { annotations: { 'virtrigaud.io/reconcile-now': '2' } },
    });
    await stack.gone('Provider', 'default/denied');
  });

  it('P37 to read a Secret: the condition of whoever refers to it names it', async () => {
    const { stack } = tapped;
    deny('get secrets');
    await stack.createVm('default/told', { userData: { cloudInit: { secretRef: { name: 'greeting' } } } });
    const vm = await stack.condition('VirtualMachine', 'default/told', 'Provisioned', 'WaitingForDependency');
    const words =
      /^Secret greeting cannot be read: .*secrets is forbidden: the account cannot get it; give the manager/;
    expect(messageOf(vm, 'Provisioned')).toMatch(words);
    await stack.create('Provider', 'default/other', stack.labSpec({ credentialSecretRef: { name: 'login' } }));
    const provider = await stack.condition('Provider', 'default/other', 'CredentialsValid', 'SecretNotFound');
    expect(messageOf(provider, 'CredentialsValid')).toMatch(/^Secret default\/login cannot be read: .*forbidden/);
  });
});
