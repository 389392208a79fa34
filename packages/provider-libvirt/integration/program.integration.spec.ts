import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describeWithLibvirt } from './requirements.ts';

const root = join(import.meta.dirname, '..');

describeWithLibvirt('the program', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'provider-libvirt-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const start = (...flags: string[]) =>
    spawn(process.execPath, ['--conditions=@virtrigaud/source', join(root, 'src/main.ts'), ...flags], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });

  it('serves until it is asked to stop, and leaves in peace', async () => {
    const socket = join(directory, 'p.sock');
    const child = start('--endpoint', 'qemu:///system', '--socket', socket, '--metrics-port', '0');
    const exited = once(child, 'exit');
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    expect(JSON.parse(line)).toMatchObject({ address: `unix:${socket}` });
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });

  it('says by its code that its configuration is wrong', async () => {
    expect(await once(start(), 'exit')).toEqual([1, null]);
  });

  it('has a README whose sample runs', async () => {
    const sample = /```ts\n([^]*?)```/.exec(await readFile(join(root, 'README.md'), 'utf8'))?.[1] ?? '';
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@virtrigaud/source', '--input-type=module-typescript', '--eval', sample],
      { cwd: root, timeout: 60_000 },
    );
    expect(stdout).toBe('true\n');
  });
});
