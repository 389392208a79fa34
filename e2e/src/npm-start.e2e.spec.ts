import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { eventually, Home, root, run, succeed } from './workspace.ts';
import { kubectlPath, whyNoHypervisor } from './parts.ts';

const missing = await whyNoHypervisor();
if (missing !== undefined && process.env['CI'] !== 'true')
  console.warn(`npm start on libvirt is not tested: ${missing}`);
const whenPossible = missing !== undefined && process.env['CI'] !== 'true' ? describe.skip : describe;

const name = `e2e-${randomBytes(3).toString('hex')}`;
const virsh = (...args: string[]) => succeed('virsh', ['-q', '-c', 'qemu:///system', ...args]);
const domains = async () => (await virsh('list', '--all', '--name')).split('\n').map((line) => line.trim());
const volumes = async () =>
  (await virsh('vol-list', 'virtrigaud')).split('\n').map((line) => line.trim().split(/\s+/)[0]);

interface Vm {
  readonly metadata: { readonly uid: string };
  readonly status: {
    readonly id: string;
    readonly ips?: readonly string[];
    readonly powerState: string;
    readonly resources: { readonly cpu: number; readonly memory: string };
    readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  };
}

whenPossible('npm start, on a real hypervisor', () => {
  let home: Home;
  let kubectl: (...args: string[]) => Promise<string>;
  let pid: number | undefined;
  const vm = async () => JSON.parse(await home.virtrigaud('get', 'vm', name, '-o', 'json')) as Vm;
  const patch = (spec: object) => kubectl('patch', 'vm', name, '--type=merge', '-p', JSON.stringify({ spec }));
  const readyAgain = (isWanted: (status: Vm['status']) => boolean) =>
    eventually(
      vm,
      ({ status }) =>
        isWanted(status) && status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
      120_000,
    );

  beforeAll(async () => {
    home = await Home.make();
    const binary = await kubectlPath();
    const started = await run('npm', ['start', '--silent', '--', '-y', '--until-ready', '--name', name], {
      env: home.env,
    });
    console.log(started.stdout);
    if (started.code !== 0) throw new Error(`npm start ended with ${String(started.code)}: ${started.stderr}`);
    pid = Number(/kill (\d+)/.exec(started.stdout)?.[1]);
    const kubeconfig = (await home.virtrigaud('kubeconfig')).trim();
    kubectl = (...args) =>
      succeed(binary, args, { env: { ...home.env, KUBECONFIG: kubeconfig, HOME: home.directory } });
  }, 600_000);

  afterAll(async () => {
    await run(process.execPath, [`${root}/packages/cli/bin/virtrigaud.js`, 'delete', 'vm', name], { env: home.env });
    if (pid) process.kill(pid, 'SIGTERM');
    const ended = pid;
    if (ended)
      await eventually(
        async () => isRunning(ended),
        (runs) => !runs,
        30_000,
      );
    await home.remove();
  });

  it('has made a guest under the namespace and the name, which answers ping', async () => {
    expect(await domains()).toContain(`default.${name}`);
    const { status } = await vm();
    const [ip = ''] = status.ips ?? [];
    await succeed('ping', ['-c', '1', '-W', '5', ip]);
  });

  it('shows it to virtrigaud and to kubectl', async () => {
    expect(await home.virtrigaud('get', 'vm')).toMatch(new RegExp(`${name}\\s+Running\\s+True\\s+Settled`));
    expect(await kubectl('get', 'vm', '-o', 'wide')).toMatch(new RegExp(`${name}\\s+Running\\s+True\\s+Settled`));
    expect(await kubectl('describe', 'vm', name)).toContain('Settled');
    await kubectl('wait', '--for=condition=Ready', `vm/${name}`, '--timeout=10s');
  });

  it('corrects a guest that was switched off behind its back', async () => {
    await virsh('destroy', `default.${name}`);
    // Status may not have heard of it yet, and a domain that starts is paused at first: only the hypervisor shows that it is on again.
    await eventually(
      () => virsh('domstate', `default.${name}`),
      (state) => state.includes('running'),
      120_000,
    );
    await readyAgain((status) => status.powerState === 'On');
    expect(await virsh('domstate', `default.${name}`)).toContain('running');
  });

  it('switches it off, changes its size and switches it on again', async () => {
    await patch({ powerState: 'Off' });
    await readyAgain((status) => status.powerState === 'Off');
    expect(await virsh('domstate', `default.${name}`)).toContain('shut off');
    await patch({ resources: { cpu: 2, memory: '384Mi' } });
    await readyAgain((status) => status.resources.cpu === 2 && status.resources.memory === '384Mi');
    expect(await virsh('dominfo', `default.${name}`)).toMatch(/CPU\(s\):\s+2\n[\s\S]*Max memory:\s+393216 KiB/);
    await patch({ powerState: 'On' });
    await readyAgain((status) => status.powerState === 'On');
  });

  it('reports a guest that vanished, and makes it again only when told so', async () => {
    const before = await vm();
    // In this order: a guest that is only switched off would be switched on again at once.
    await virsh('undefine', '--nvram', `default.${name}`);
    await virsh('destroy', `default.${name}`);
    const reasonOf = ({ status }: Vm) => status.conditions.find(({ type }) => type === 'Provisioned')?.reason;
    await eventually(vm, (seen) => reasonOf(seen) === 'Vanished', 60_000);
    expect(await domains()).not.toContain(`default.${name}`);
    await patch({ vanishedPolicy: 'Recreate' });
    await readyAgain((status) => status.powerState === 'On' && (status.ips?.length ?? 0) > 0);
    expect((await vm()).metadata.uid).toBe(before.metadata.uid);
  });

  it('takes away the domain, its disk and its seed, and nothing else', async () => {
    const { metadata } = await vm();
    const others = (await volumes()).filter((volume) => !volume?.includes(metadata.uid));
    await kubectl('delete', 'vm', name, '--timeout=120s');
    expect(await domains()).not.toContain(`default.${name}`);
    expect(await volumes()).toEqual(others);
  });
});

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
