import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { handlesOf, opened } from './stack/handles.ts';
import { openMockHypervisor, type MockHypervisor } from './stack/mock-hypervisor.ts';
import { Stack } from './stack/stack.ts';
import { until } from './stack/until.ts';

describe('Remote on one machine', () => {
  let stack: Stack;
  beforeEach(async () => (stack = await Stack.start()));
  afterEach(() => stack.stop());
  const remote = (replicas: number) => stack.lab({ runtime: { mode: 'Remote', replicas } });
  const bothAnswer = () => until('both answer', async () => (await runtime(stack)).readyReplicas === 2);

  it('P16 serves by processes of its own, over mutual TLS; with the Provider they and what led to them are gone', async () => {
    // What the first Provider makes once, such as the authority, is no leak.
    await remote(1);
    await stack.delete('Provider', 'default/lab');
    await stack.gone('Provider', 'default/lab');
    const handles = () => handlesOf(stack.manager.pid, stack.transport.host);
    const before = await handles();
    await stack.create('Provider', 'default/lab', stack.labSpec({ runtime: { mode: 'Remote', replicas: 2 } }));
    await stack.createVm('default/web-1');
    await stack.ready('default/web-1');
    await bothAnswer();
    expect(await runtime(stack)).toMatchObject({ mode: 'Remote', phase: 'Ready' });
    await stack.condition('Provider', 'default/lab', 'TLSReady', 'MutualTLS');
    const pids = await childrenOf(stack.manager.pid);
    expect(pids).toHaveLength(2);
    await stack.delete('VirtualMachine', 'default/web-1');
    await stack.gone('VirtualMachine', 'default/web-1');
    await stack.delete('Provider', 'default/lab');
    await stack.gone('Provider', 'default/lab');
    expect(await childrenOf(stack.manager.pid)).toEqual([]);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(await readdir(join(stack.directory, 'run'))).toEqual([]);
    let left: readonly string[] = [];
    await until(
      'its handles are closed',
      async () => (left = opened(await handles(), before)).length === 0,
      () => left.join(', '),
    );
  });

  it('a manager that is killed leaves no provider behind, and the next one starts its own', async () => {
    await remote(2);
    const made = await stack.createVm('default/web-1');
    await stack.ready('default/web-1');
    await bothAnswer();
    const orphans = await childrenOf(stack.manager.pid);
    stack.manager.kill('SIGKILL');
    await stack.manager.exited;
    await until('they have ended by themselves', () => !orphans.some(isAlive));
    await stack.restartManager();
    await until('it has its own', async () => (await childrenOf(stack.manager.pid)).length === 2);
    await bothAnswer();
    const seen = await stack.edit('VirtualMachine', 'default/web-1', { spec: { powerState: 'Off' } });
    expect(seen.metadata.uid).toBe(made.metadata.uid);
    await until(
      'it is off',
      async () => (await stack.get('VirtualMachine', 'default/web-1'))?.status?.powerState === 'Off',
    );
    expect(await stack.hypervisor.vms()).toHaveLength(1);
  });

  it('a start that fails is said with its last words, tried again, and over once the spec is mended', async () => {
    await stack.create('Provider', 'default/lab', {
      ...stack.labSpec({ runtime: { mode: 'Remote', env: [{ name: 'NODE_OPTIONS', value: '--no-such-option' }] } }),
    });
    const failed = await stack.condition('Provider', 'default/lab', 'RuntimeReady', 'ProcessFailed');
    const { message } = failed.status?.conditions?.find(({ type }) => type === 'RuntimeReady') ?? { message: '' };
    expect(message).toMatch(/^replica 0: it ended with exit code 9: .*--no-such-option is not allowed/);
    expect(failed.status?.runtime).toMatchObject({ phase: 'Failed', readyReplicas: 0 });
    await until('it is tried again', () => stack.manager.lines('provider process is not running').length >= 2);
    await stack.edit('Provider', 'default/lab', { spec: { runtime: { env: null } } });
    await stack.condition('Provider', 'default/lab', 'Ready', 'True');
  });

  it('a machine that moves from InProcess to Remote, and back, is the same machine', async () => {
    await stack.lab();
    await stack.create('Provider', 'default/far', stack.labSpec({ runtime: { mode: 'Remote', replicas: 2 } }));
    await stack.condition('Provider', 'default/far', 'Ready', 'True');
    const made = await stack.createVm('default/web-1');
    const ready = await stack.ready('default/web-1');
    const moveTo = async (name: string) => {
      await stack.edit('VirtualMachine', 'default/web-1', { spec: { providerRef: { name, namespace: 'default' } } });
      await until('it is bound there', async () => {
        const { status } = (await stack.get('VirtualMachine', 'default/web-1')) ?? {};
        return JSON.stringify(status?.binding).includes(`"name":"${name}"`);
      });
      return stack.ready('default/web-1');
    };
    const moved = await moveTo('far');
    expect(moved.status?.id).toBe(ready.status?.id);
    await stack.delete('Provider', 'default/lab');
    await stack.gone('Provider', 'default/lab');
    await stack.edit('VirtualMachine', 'default/web-1', { spec: { resources: { cpu: 3 } } });
    await until(
      'it is changed through the processes',
      async () => (await stack.hypervisor.vms())[0]?.configured.cpus === 3,
    );
    const all = await stack.hypervisor.vms();
    expect(all.map((vm) => vm.stamp?.owner.uid)).toEqual([made.metadata.uid]);
  });

  it('P52 two Providers of one image: each has its own task and its own copy, and a restart in the middle mixes up none', async () => {
    await stack.create('Provider', 'default/lab', stack.labSpec({ runtime: { mode: 'Remote', replicas: 2 } }));
    const other = await openMockHypervisor(join(stack.directory, 'other'));
    const endpoint = `mock://${other.directory}`;
    await stack.create(
      'Provider',
      'default/far',
      stack.labSpec({ runtime: { mode: 'Remote', replicas: 1 }, endpoint }),
    );
    for (const at of [stack.hypervisor, other]) await at.setKnobs({ importMs: 3_000 });
    await stack.create('VMImage', 'default/debian', { source: { custom: [{ type: 'mock', template: 'debian-12' }] } });
    const [near, far] = [
      await stack.createVm('default/near'),
      await stack.createVm('default/far', { providerRef: { name: 'far' } }),
    ];
    await stack.condition('VMImage', 'default/debian', 'Ready', 'Preparing');
    for (const pid of await childrenOf(stack.manager.pid)) process.kill(pid, 'SIGKILL');
    await Promise.all(['default/near', 'default/far'].map((key) => stack.ready(key)));
    const owners = async (at: MockHypervisor) => (await at.vms()).map((vm) => vm.stamp?.owner.uid);
    expect(await owners(stack.hypervisor)).toEqual([near.metadata.uid]);
    expect(await owners(other)).toEqual([far.metadata.uid]);
    expect(await stack.metrics()).toMatch(
      /^virtrigaud_certificate_expiry_timestamp_seconds\{certificate="provider default\/far"\} \d/m,
    );
  });

  it('P75 what a process counts is in the scrape of the manager, which does not wait for one that hangs', async () => {
    await remote(2);
    await bothAnswer();
    const counted =
      /^grpc_server_handled_total\{.*grpc_method="GetProviderInfo".*provider="lab",provider_namespace="default",replica="(\d)"\} [1-9]/gm;
    const replicas = async () => [...(await stack.metrics()).matchAll(counted)].map(([, replica]) => replica).sort();
    expect(await replicas()).toEqual(['0', '1']);
    expect(await stack.metrics()).toMatch(/^process_resident_memory_bytes\{.*replica="1"\} [1-9]/m);
    const hangs = stack.manager.lines('provider process serves').find(({ replica }) => replica === '0');
    const pid = Number(hangs?.['pid']);
    process.kill(pid, 'SIGSTOP');
    expect(await replicas()).toEqual(['1']);
    // Whoever waits for it is let go when it is replaced.
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
    await until('it is there again', async () => (await replicas()).length === 2);
  });

  it('what a process logs bears its Provider and its replica, as much of it as logLevel says', async () => {
    await stack.lab({ runtime: { mode: 'Remote', logLevel: 'debug' } });
    const [serving] = stack.manager.lines('provider serving');
    expect(serving).toMatchObject({ logger: 'provider', provider: 'default/lab', replica: '0' });
    expect(stack.manager.lines('call').filter(({ logger }) => logger === 'provider')).not.toEqual([]);
    await stack.edit('Provider', 'default/lab', { spec: { runtime: { logLevel: 'error' } } });
    await until('it was started again', () => stack.manager.lines('provider process serves').length === 2);
    await stack.condition('Provider', 'default/lab', 'Ready', 'True');
    expect(stack.manager.lines('provider serving')).toHaveLength(1);
  });
});

async function runtime(stack: Stack) {
  const lab = await stack.get('Provider', 'default/lab');
  return (lab?.status?.runtime ?? {}) as { readonly readyReplicas?: number; readonly phase?: string };
}

/** The children of a process that are provider programs. */
async function childrenOf(pid: number): Promise<readonly number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(
    all.map(async (each) => [each, await readFile(`/proc/${String(each)}/stat`, 'utf8').catch(() => '')] as const),
  );
  return stats.flatMap(([each, stat]) =>
    Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid ? each : [],
  );
}

function isAlive(pid: number): boolean {
  try {
    return !/^\S+ \(.*\) Z/.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
