import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { whyNoHypervisor } from './parts.ts';
import { Home, root, run, succeed } from './workspace.ts';

jest.setTimeout(900_000);

const missing = await whyNoHypervisor();
if (missing !== undefined && process.env['CI'] !== 'true')
  console.warn(`teardown on libvirt is not tested: ${missing}`);
const whenPossible = missing !== undefined && process.env['CI'] !== 'true' ? describe.skip : describe;

const IMAGES = '/var/lib/libvirt/images';

let home: Home;
beforeEach(async () => {
  home = await Home.make();
});
afterEach(async () => {
  // Of a test that failed, too, nothing is to stay.
  await run(process.execPath, [join(root, 'tools/teardown.js'), '--yes'], { env: home.env });
  await home.remove();
});

const start = (...args: string[]) =>
  succeed(process.execPath, [join(root, 'tools/start.js'), '-y', '--until-ready', ...args], { env: home.env });
const teardown = (...args: string[]) =>
  run(process.execPath, [join(root, 'tools/teardown.js'), ...args], { env: home.env });
const filesIn = async (directory: string) =>
  existsSync(directory) ? (await readdir(directory, { recursive: true })).sort() : [];

describe('npm run teardown, on the mock', () => {
  it('takes away all that npm start made, and leaves what was there before', async () => {
    await mkdir(join(home.directory, 'virtrigaud/mock/mine'), { recursive: true });
    const before = await filesIn(home.directory);
    await start('--provider', 'mock', '--name', 'web-1');
    expect(await filesIn(home.directory)).toContain('virtrigaud/up/apiserver/objects.db');
    const { code, stdout } = await teardown('--yes');
    expect(stdout).toContain('delete   the virtual machine "web-1", with its disks');
    expect(stdout).toMatch(/All is gone\.\n$/);
    expect(code).toBe(0);
    expect((await filesIn(home.directory)).filter((path) => !/^virtrigaud\/(up\.log|running)/.test(path))).toEqual(
      before,
    );
    expect(
      (await run(process.execPath, [join(root, 'packages/cli/bin/virtrigaud.js'), 'status'], { env: home.env })).code,
    ).toBe(1);
    expect((await teardown('--yes')).stdout).toContain('npm start has made nothing that is still there');
  });

  it('changes nothing while there are machines that it did not make, and names them', async () => {
    await start('--provider', 'mock', '--name', 'web-1');
    const other = JSON.stringify({
      apiVersion: 'infra.virtrigaud.io/v1beta1',
      kind: 'VirtualMachine',
      metadata: { name: 'mine' },
      spec: { providerRef: { name: 'demo' }, imageRef: { name: 'demo' }, resources: { cpu: 1, memory: '64Mi' } },
    });
    const program = join(root, 'packages/cli/bin/virtrigaud.js');
    await succeed(process.execPath, [program, 'apply', '-f', '-'], { env: home.env, input: other });
    const { code, stderr } = await teardown('--yes');
    expect(stderr).toContain('these machines were not made by npm start: default/mine. Delete them with');
    expect(code).toBe(1);
    expect(await home.virtrigaud('get', 'vm', '-o', 'name')).toContain('/web-1');
    await home.virtrigaud('delete', 'vm', 'mine');
    expect((await teardown('--yes')).code).toBe(0);
    expect(existsSync(join(home.directory, 'virtrigaud'))).toBe(false);
  });
});

whenPossible('npm run teardown, on a real hypervisor', () => {
  const name = `e2e-${randomBytes(3).toString('hex')}`;
  /** What other suites, which may run beside this one, make for a while. */
  const isAnothers = (word: string) => /vrtest-|chaos-/.test(word);
  const virsh = async (...args: string[]) =>
    (await succeed('virsh', ['-q', '-c', 'qemu:///system', ...args]))
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !isAnothers(line))
      .sort();
  const host = async () => ({
    pools: await virsh('pool-list', '--all', '--name'),
    networks: await virsh('net-list', '--all', '--name'),
    domains: await virsh('list', '--all', '--name'),
    files: (await filesIn(IMAGES)).filter((path) => !isAnothers(path)),
    home: await filesIn(home.directory),
  });

  it('leaves pools, networks, domains and files as they were before npm start', async () => {
    await succeed(process.execPath, [join(root, 'tools/libvirt/packages.js'), 'install']);
    await succeed(process.execPath, [join(root, 'tools/libvirt/daemon.js')]);
    const before = await host();
    await start('--name', name, '--pool', name);
    const made = await host();
    expect(made.pools).toEqual([...before.pools, name].sort());
    expect(made.networks).toEqual(expect.arrayContaining([name]));
    expect(made.domains).toEqual([...before.domains, `default.${name}`].sort());
    expect(made.files.length).toBeGreaterThan(before.files.length);
    const { code, stdout, stderr } = await teardown('--yes');
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('failed')]);
    expect(stdout).toMatch(/All is gone\./);
    expect(await host()).toEqual(before);
  });
});
