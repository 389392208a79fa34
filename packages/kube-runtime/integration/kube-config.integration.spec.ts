import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadKubeConfig } from '../src/index.ts';

describe('loadKubeConfig', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kube-config-'));
  });

  afterEach(() => rm(dir, { recursive: true }));

  it('runs an exec plugin for a token', async () => {
    const answer = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'fresh' },
    };
    const args = ['-e', `console.log(${JSON.stringify(JSON.stringify(answer))})`];
    const apiVersion = 'client.authentication.k8s.io/v1';
    const exec = { apiVersion, command: process.execPath, args, interactiveMode: 'Never' };
    const path = join(dir, 'config');
    const clusters = [{ name: 'a', cluster: { server: 'https://a.test' } }];
    const contexts = [{ name: 'a', context: { cluster: 'a', user: 'a' } }];
    const config = { clusters, contexts, users: [{ name: 'a', user: { exec } }], 'current-context': 'a' };
    await writeFile(path, JSON.stringify(config));
    const found = await loadKubeConfig({ path });
    expect((await found.credentials()).headers).toEqual({ authorization: 'Bearer fresh' });
  });
});
