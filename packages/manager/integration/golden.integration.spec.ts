import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { golden, lineOfRpc, lineOfWrite } from './stack/golden.ts';
import type { Thing } from './stack/stack.ts';
import { TappedStack } from './stack/tapped-stack.ts';
import { until } from './stack/until.ts';

const bootedAt = (vm: Thing | undefined) => (vm?.status as { readonly bootedAt?: string } | undefined)?.bootedAt;

// Written anew with VIRTRIGAUD_WRITE_TRACES=1.
describe('all that a life sends to the API server and to the provider, in order', () => {
  let tapped: TappedStack;
  let subject = { name: '', uids: [] as string[] };
  const lines: string[] = [];
  const events: string[] = [];

  beforeAll(async () => {
    tapped = await TappedStack.start();
    await tapped.stack.lab();
    // The image is prepared at its first use, which is not of any of these lives.
    await tapped.stack.createVm('default/first');
    await tapped.stack.ready('default/first');
    tapped.api.onWrite = (write) => {
      const line = lineOfWrite(write, subject.name);
      // They are written in the background: in order, but whenever there is time.
      if (line?.startsWith('event')) events.push(line);
      else if (line) lines.push(line);
    };
    tapped.rpc.onRpc = (rpc) => {
      const line = lineOfRpc(rpc, subject);
      if (line) lines.push(line);
    };
  });

  afterAll(async () => {
    await tapped.stop();
  });

  /** What was sent since the last time; another life in between shows that nothing more comes of this one. */
  async function traced(...expectedEvents: readonly string[]): Promise<string> {
    const { stack } = tapped;
    await stack.edit('VirtualMachine', 'default/first', {
      metadata: { annotations: { 'virtrigaud.io/reconcile-now': nextToken() } },
    });
    await until('another life was worked', async () => {
      const vm = await stack.get('VirtualMachine', 'default/first');
      return (vm?.status as { handledReconcileNow?: string } | undefined)?.handledReconcileNow === String(tokens);
    });
    await until('its events are written', () => Promise.resolve(events.length >= expectedEvents.length));
    expect(events).toEqual(expectedEvents.map((reason) => `event  ${reason}`));
    return [...lines.splice(0), ...events.splice(0), ''].join('\n');
  }
  let tokens = 0;
  const nextToken = () => String((tokens += 1));

  const life = 'default/web';
  const edit = (spec: object) => tapped.stack.edit('VirtualMachine', life, { spec });

  it('create', async () => {
    subject = { name: 'web', uids: [] };
    await tapped.stack.createVm(life);
    await tapped.stack.ready(life);
    const trace = await traced('Created');
    expect(trace).toBe(await golden('create', trace));
  });

  it('more CPUs, while it runs', async () => {
    await edit({ resources: { cpu: 4, memory: '2Gi' } });
    await tapped.stack.condition('VirtualMachine', life, 'ConfigurationApplied', 'RestartRequired');
    const trace = await traced('Reconfigured', 'RestartRequired');
    expect(trace).toBe(await golden('edit-cpu', trace));
  });

  it('power off', async () => {
    await edit({ powerState: 'Off' });
    await tapped.stack.ready(life);
    const trace = await traced('PoweredOff');
    expect(trace).toBe(await golden('power-off', trace));
  });

  it('power on', async () => {
    await edit({ powerState: 'On' });
    await tapped.stack.ready(life);
    const trace = await traced('PoweredOn');
    expect(trace).toBe(await golden('power-on', trace));
  });

  it('gone from the hypervisor, and made again', async () => {
    await edit({ vanishedPolicy: 'Recreate' });
    const before = await tapped.stack.ready(life);
    await traced();
    await tapped.stack.hypervisor.remove('default.web');
    await until('it was started again, and the status says so', async () => {
      const vm = await tapped.stack.get('VirtualMachine', life);
      return bootedAt(vm) !== undefined && bootedAt(vm) !== bootedAt(before);
    });
    const trace = await traced('Vanished');
    expect(trace).toBe(await golden('vanished-recreate', trace));
  });

  it('delete', async () => {
    await tapped.stack.delete('VirtualMachine', life);
    await tapped.stack.gone('VirtualMachine', life);
    const trace = await traced('Deleted');
    expect(trace).toBe(await golden('delete', trace));
  });

  it('taken over from an object that is lost, and let go', async () => {
    const { stack } = tapped;
    const lost = (await stack.createVm('default/lost')).metadata.uid ?? '';
    await stack.ready('default/lost');
    const annotations = { 'virtrigaud.io/force-delete': 'true' };
    await stack.edit('VirtualMachine', 'default/lost', { metadata: { annotations } });
    await stack.delete('VirtualMachine', 'default/lost');
    await stack.gone('VirtualMachine', 'default/lost');
    subject = { name: 'found', uids: [lost] };
    await stack.createVm('default/found', {}, { annotations: { 'virtrigaud.io/take-over': lost } });
    await stack.ready('default/found');
    const adopted = await traced('Adopted');
    expect(adopted).toBe(await golden('take-over', adopted));
    await stack.delete('VirtualMachine', 'default/found');
    await stack.gone('VirtualMachine', 'default/found');
    const released = await traced('Released');
    expect(released).toBe(await golden('release', released));
  });
});
