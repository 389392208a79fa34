import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTransport, objectKey, resource } from '../src/index.ts';
import type { Transport } from '../src/index.ts';
import { eventually } from './eventually.ts';
import { end, startApiServer } from './with-api-server.ts';
import type { TestApiServer } from './with-api-server.ts';

const packageDir = join(import.meta.dirname, '..');
const configMaps = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
const name = 'kube-runtime-readme';

describe('the example of the README', () => {
  let server: TestApiServer;
  let transport: Transport;
  let dir: string;

  beforeAll(async () => {
    server = await startApiServer([]);
    transport = createTransport(server.config, { userAgent: 'kube-runtime-test' });
    // Inside the package, so that its import finds the package.
    await mkdir(join(packageDir, 'tmp'), { recursive: true });
    dir = await mkdtemp(join(packageDir, 'tmp', 'readme-'));
  });

  afterAll(async () => {
    await rm(dir, { recursive: true });
    await transport.close();
    await server.stop();
  });

  it('marks a ConfigMap, and ends at Ctrl-C', async () => {
    const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(await readFile(join(packageDir, 'README.md'), 'utf8')) ?? [];
    const path = join(dir, 'marker.ts');
    await writeFile(path, example);
    const env = { ...process.env, KUBECONFIG: server.kubeconfigPath };
    const child = spawn(process.execPath, ['--conditions=@virtrigaud/source', path], { env });
    const output: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    const client = resource(transport, configMaps);
    const metadata = { namespace: 'default', name, labels: { 'mark-me': '' } };
    try {
      await client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
      await eventually('it is marked', () => output.join('').includes(`marked default/${name}\n`), 20_000);
      const { metadata: now } = await client.get(objectKey(metadata));
      expect(now.labels).toEqual({ 'mark-me': '', marked: 'true' });
      child.kill('SIGINT');
      await eventually('it has ended', () => child.exitCode !== null || child.signalCode !== null);
      expect(child.exitCode).toBe(0);
    } finally {
      await end(child);
      await client.delete(objectKey(metadata));
    }
  });
});
