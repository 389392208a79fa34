import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { whyNoHypervisor } from './parts.ts';
import { eventually, Home, interrupt, root, run, startUp, succeed, textOf } from './workspace.ts';

const missing = await whyNoHypervisor();
if (missing !== undefined && process.env['CI'] !== 'true') console.warn(`Remote on libvirt is not tested: ${missing}`);
const whenPossible = missing !== undefined && process.env['CI'] !== 'true' ? describe.skip : describe;

const name = `far-${randomBytes(3).toString('hex')}`;
const folder = `/var/lib/libvirt/images/${name}`;
const machines = ['1', '2', '3', '4'].map((number) => `${name}-${number}`);
const virsh = (...args: string[]) => succeed('virsh', ['-q', '-c', 'qemu:///system', ...args]);
const stateOf = async (vm: string) => (await virsh('domstate', `default.${vm}`)).trim();

whenPossible('libvirt, served by processes of its own as examples/remote-libvirt has it', () => {
  let home: Home;
  beforeAll(async () => {
    await succeed(process.execPath, [join(root, 'tools/libvirt/daemon.js')]);
    const guest = (await succeed('bash', [join(root, 'tools/libvirt/guest.sh')])).trim().split('\n').at(-1) ?? '';
    await virsh('pool-create-as', name, 'dir', '--target', folder, '--build');
    await copyFile(guest, join(folder, 'guest.qcow2'));
    await virsh('pool-refresh', name);
    const network = join(folder, 'network.xml');
    await writeFile(network, `<network><name>${name}</name></network>`);
    await virsh('net-create', network);
    await rm(network);
  }, 300_000);
  afterAll(async () => {
    // What a test that failed has left, running or not.
    for (const domain of (await virsh('list', '--all', '--name')).split('\n').filter((each) => each.includes(name))) {
      await run('virsh', ['-q', '-c', 'qemu:///system', 'destroy', domain.trim()]);
      await virsh('undefine', '--nvram', domain.trim());
    }
    await virsh('net-destroy', name);
    await virsh('pool-destroy', name);
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    home = await Home.make();
  });
  afterEach(() => home.remove());

  it('one process does all that is to do; when it is killed, the one that stood by goes on', async () => {
    const up = await startUp(home);
    await writeFile(join(home.directory, 'far.yaml'), await manifest());
    await home.virtrigaud('apply', '-f', join(home.directory, 'far.yaml'));
    for (const vm of machines) await home.virtrigaud('wait', `vm/${vm}`, '--for=condition=Ready', '--timeout', '120s');
    expect(await stateOf(machines[0] ?? '')).toBe('running');
    await eventually(
      () => readyReplicas(home),
      (replicas) => replicas === 2,
    );
    const created = await Promise.all(processes(home).map(handled));
    expect(created.map((methods) => methods.has('Create')).sort()).toEqual([false, true]);
    expect(created.filter((methods) => methods.has('Describe') || methods.has('Validate'))).toHaveLength(1);

    const active = processes(home)[created.findIndex((methods) => methods.has('Create'))];
    process.kill(active?.pid ?? 0, 'SIGKILL');
    await home.virtrigaud('power', 'off', machines[0] ?? '');
    await eventually(
      () => stateOf(machines[0] ?? ''),
      (state) => state === 'shut off',
    );
    // Only who hears of it from libvirt can correct it: the events are followed by the other now.
    await virsh('start', `default.${machines[1] ?? ''}`);
    await eventually(
      () => stateOf(machines[1] ?? ''),
      (state) => state === 'shut off',
    );
    await eventually(
      () => readyReplicas(home),
      (replicas) => replicas === 2,
    );

    const before = processes(home).map(({ pid }) => pid);
    await writeFile(
      join(home.directory, 'far.yaml'),
      (await manifest()).replace('replicas: 2', 'replicas: 2\n    logLevel: debug'),
    );
    await home.virtrigaud('apply', '-f', join(home.directory, 'far.yaml'));
    await home.virtrigaud('power', 'on', machines[0] ?? '');
    await eventually(
      async () => before.filter(isAlive),
      (old) => old.length === 0,
    );
    await home.virtrigaud('wait', `provider/${name}`, '--for=condition=Ready', '--timeout', '60s');
    await eventually(
      () => stateOf(machines[0] ?? ''),
      (state) => state === 'running',
    );

    for (const vm of machines) await home.virtrigaud('delete', 'vm', vm);
    for (const vm of machines) expect(await virsh('list', '--all', '--name')).not.toContain(vm);
    // The prepared copy of the image outlives its machines.
    expect((await readdir(folder)).filter((file) => !file.startsWith('vr-img-'))).toEqual(['guest.qcow2']);
    const pids = processes(home).map(({ pid }) => pid);
    expect(await interrupt(up)).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
  }, 300_000);

  /** The example, under names of this run, and with machines that are off beside the one that runs. */
  async function manifest(): Promise<string> {
    const [provider = '', image = '', machine = ''] = (await textOf('examples/remote-libvirt/remote-libvirt.yaml'))
      .replaceAll('far-tiny', name)
      .replaceAll('name: far }', `name: ${name} }`)
      .replace('name: far\n', `name: ${name}\n`)
      .replace('datastore: virtrigaud', `datastore: ${name}`)
      .replace('network: virtrigaud', `network: ${name}`)
      .replace('/var/lib/libvirt/images/virtrigaud/tiny.qcow2', join(folder, 'guest.qcow2'))
      .replace('libvirt.virtType: kvm', 'libvirt.virtType: qemu')
      .split('---\n');
    const all = machines.map((vm, index) =>
      machine.replace('far-1', vm).replace('spec:\n', index === 0 ? 'spec:\n' : "spec:\n  powerState: 'Off'\n"),
    );
    return [provider, image, ...all].join('---\n');
  }
});

interface Process {
  readonly pid: number;
  readonly metricsPort: number;
}

/** The provider processes of this home so far, in the order of their starts, as the manager's log names them. */
function processes(home: Home): readonly Process[] {
  const log = readFileSync(join(home.directory, 'virtrigaud/up/logs/manager.log'), 'utf8');
  return log
    .split('\n')
    .filter((line) => line.includes('"message":"provider process serves"'))
    .map((line) => JSON.parse(line) as Process);
}

/** The methods that a provider process has been asked for. */
async function handled({ metricsPort }: Process): Promise<ReadonlySet<string>> {
  const text = await (await fetch(`http://127.0.0.1:${String(metricsPort)}/metrics`)).text();
  return new Set(
    [...text.matchAll(/^grpc_server_handled_total\{.*grpc_method="(\w+)"/gm)].map(([, method = '']) => method),
  );
}

async function readyReplicas(home: Home): Promise<number | undefined> {
  const { status } = JSON.parse(await home.virtrigaud('get', 'provider', name, '-o', 'json')) as {
    readonly status?: { readonly runtime?: { readonly readyReplicas?: number } };
  };
  return status?.runtime?.readyReplicas;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
