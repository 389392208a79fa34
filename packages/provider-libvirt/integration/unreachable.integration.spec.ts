import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ProviderClient } from '@virtrigaud/grpc-contract/client';
import { withServedProvider } from '@virtrigaud/provider-sdk/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import provider from '../src/index.ts';
import { SLOW } from './scene.ts';

describe('a libvirt that cannot be asked', () => {
  const owner = {
    clusterId: 'lab',
    namespace: 'n',
    name: 'x',
    uid: '5f3c9f0e-3f0a-4d0e-9d3a-2f6d7c1b5a42',
    kind: 'VirtualMachine',
  };
  const mutation = { operationId: 'delete-x', owner, term: 1n };
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'vr-no-libvirt-'));
  });
  afterAll(() => rm(directory, { recursive: true }));
  const servedBy = (socket: string, test: (client: ProviderClient) => Promise<void>) =>
    withServedProvider(provider, { endpoint: `qemu:///system?socket=${socket}` }, ({ client }) => test(client));

  it('P04 is unreachable to Describe and Delete, never an absence', async () => {
    await servedBy(join(directory, 'libvirt-sock'), async (client) => {
      const unreachable = { code: 14, reason: 'HYPERVISOR_UNREACHABLE' };
      await expect(client.describe({ owner }, SLOW)).rejects.toMatchObject(unreachable);
      await expect(client.delete({ mutation }, SLOW)).rejects.toMatchObject(unreachable);
      await expect(client.validate({}, SLOW)).rejects.toMatchObject(unreachable);
    });
  });

  it('is not on this machine where the folder of its socket is missing, which is no absence either', async () => {
    await servedBy(join(directory, 'run', 'libvirt-sock'), async (client) => {
      const notLocal = { code: 9, reason: 'ENDPOINT_NOT_LOCAL' };
      await expect(client.describe({ owner }, SLOW)).rejects.toMatchObject(notLocal);
      await expect(client.delete({ mutation }, SLOW)).rejects.toMatchObject(notLocal);
      const answer = await client.validate({}, SLOW);
      expect(answer).toMatchObject({ ok: false, reason: 'ENDPOINT_NOT_LOCAL' });
      expect(answer.message).toContain(`there is no ${join(directory, 'run')}: start libvirt here`);
    });
  });
});
