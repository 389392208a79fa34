import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createProviderClient } from '@virtrigaud/grpc-contract/client';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './client-calls.ts';

const main = fileURLToPath(new URL('programs/memory-cloud-main.ts', import.meta.url));
let directory: string;
let children: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'virtrigaud-program-'));
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  rmSync(directory, { recursive: true, force: true });
});

/** Starts the program with nothing of our own environment but the path. */
function start(...args: readonly string[]) {
  const node = ['--conditions=@virtrigaud/source', '--disable-warning=ExperimentalWarning', main];
  const child = spawn(process.execPath, [...node, '--endpoint', 'memory://', '--metrics-port', '0', ...args], {
    env: { PATH: process.env['PATH'] ?? '' },
  });
  children.push(child);
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output.text += chunk.toString();
    });
  }
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  const serving = async () => {
    const line = await eventually(
      () => /\{"message":"serving".*\}/.exec(output.text)?.[0],
      (found) => found !== undefined,
      30_000,
    );
    return JSON.parse(line ?? '{}') as { address: string; metricsPort: number };
  };
  return { child, output, exited, serving };
}

describe('a provider as a program', () => {
  it('serves, tells that it is ready, and ends with 0 on SIGTERM', async () => {
    const { child, exited, serving } = start('--socket', join(directory, 'p.sock'));
    const { address, metricsPort } = await serving();
    const ready = await eventually(
      () => fetch(`http://127.0.0.1:${String(metricsPort)}/readyz`),
      ({ status }) => status === 200,
    );
    expect(await ready.text()).toContain('[+] hypervisor: ok');
    const client = createProviderClient({ address });
    const validation = await client.validate({}, { timeoutMs: 10_000 });
    expect(validation.ok).toBe(true);
    client.close();
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });

  it.each([
    { what: 'neither TLS, socket nor --plaintext', args: [], says: '--socket' },
    { what: 'a flag that there is not', args: ['--sock', 'x'], says: 'sock' },
    { what: 'a Provider of another type', args: ['--plaintext', '--type', 'libvirt'], says: 'not libvirt' },
    { what: 'a missing credentials directory', args: ['--plaintext', '--credentials', '/nowhere'], says: '/nowhere' },
    {
      what: 'a missing TLS file',
      args: ['--tls-cert', '/nowhere.pem', '--tls-key', '/nowhere.key', '--tls-ca', '/nowhere.ca'],
      says: '/nowhere',
    },
  ])('P93 ends with 1 for $what, and says so', async ({ args, says }) => {
    const { exited, output } = start(...args);
    expect(await exited).toBe(1);
    expect(output.text).toContain(says);
  });

  it('P93 ends with 1 for TLS files that are none', async () => {
    const file = join(directory, 'nonsense.pem');
    writeFileSync(file, 'nonsense');
    const { exited, output } = start('--tls-cert', file, '--tls-key', file, '--tls-ca', file);
    expect(await exited).toBe(1);
    expect(output.text).toContain(file);
  });

  it('drains and ends with 0 when whoever started it is gone, if it was told to', async () => {
    const held = start('--socket', join(directory, 'held.sock'), '--lifeline');
    const free = start('--socket', join(directory, 'free.sock'));
    await Promise.all([held.serving(), free.serving()]);
    free.child.stdin.end();
    held.child.stdin.end();
    expect(await held.exited).toBe(0);
    expect(held.output.text).toContain('the parent is gone');
    expect(free.child.exitCode).toBeNull();
  });

  it('ends with 2 when its port is taken', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
    const { exited } = start('--plaintext', '--port', String(port));
    expect(await exited).toBe(2);
    server.close();
  });
});
