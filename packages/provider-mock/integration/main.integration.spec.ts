import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const main = join(import.meta.dirname, '..', 'src', 'main.ts');

describe('the program', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mock-main-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const start = (...flags: string[]) =>
    spawn(process.execPath, ['--conditions=@virtrigaud/source', main, ...flags], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });

  it('serves until it is asked to stop, and leaves in peace', async () => {
    const socket = join(directory, 'p.sock');
    const child = start('--endpoint', `mock://${directory}/state`, '--socket', socket, '--metrics-port', '0');
    const exited = once(child, 'exit');
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { address, metricsPort } = JSON.parse(line) as { address: string; metricsPort: number };
    expect(address).toBe(`unix:${socket}`);
    expect((await fetch(`http://127.0.0.1:${metricsPort}/healthz`)).status).toBe(200);
    expect(await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()).toContain(
      'process_cpu_seconds_total',
    );
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });

  it('says by its code that its configuration is wrong', async () => {
    expect(await once(start(), 'exit')).toEqual([1, null]);
  });
});
