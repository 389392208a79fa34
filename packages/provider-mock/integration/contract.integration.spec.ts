import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createMemoryLogger } from '@virtrigaud/provider-sdk';
import { aCreateRequest, aMutation, aSpec, withServedProvider } from '@virtrigaud/provider-sdk/testing';
import provider, { openMockHypervisor } from '../src/index.ts';
import { withReplicas } from '../src/testing/served.ts';
import type { Served } from '../src/testing/served.ts';
import { until } from '../src/testing/until.ts';
import { calls, createWebRequest, webOwner } from '../src/testing/web.ts';
import { Status, Wire } from '../src/testing/wire.ts';

const owner = webOwner;
const GiB = 1024n ** 3n;

const createWeb = async ({ client }: Pick<Served, 'client'>) =>
  client.create(aCreateRequest(owner, { initialPower: Wire.power.on }), calls);
const describeWeb = async ({ client }: Pick<Served, 'client'>) => (await client.describe({ owner }, calls)).vm!;

describe('the mock provider', () => {
  it('takes a VM through its life', () =>
    withReplicas(async (served) => {
      const { client, truth } = served;
      const { id } = await createWeb(served);
      expect(id).toBe(owner.uid);
      expect(await describeWeb(served)).toMatchObject({
        lifecycle: Wire.lifecycle.ready,
        powerState: Wire.power.on,
        owner,
        nics: [{ addresses: [expect.stringMatching(/^10\./)] }],
        hostname: 'web',
      });

      const power = async (op: number, token = `op-${op}`) =>
        (await client.power({ mutation: aMutation(owner, token), id, op: op as 1 }, calls)).task?.state;
      expect(await power(Wire.op.suspend)).toBe(Wire.task.succeeded);
      expect((await describeWeb(served)).powerState).toBe(Wire.power.suspended);
      await power(Wire.op.resume);
      await power(Wire.op.shutdown);
      expect(await describeWeb(served)).toMatchObject({ powerState: Wire.power.off, nics: [{ addresses: [] }] });

      const desired = aSpec(owner, { compute: { cpus: 4, memoryBytes: 2n * GiB }, tags: { env: 'prod' } });
      const updateMask = ['compute.cpus', 'compute.memory_bytes', 'tags'];
      await client.reconfigure({ mutation: aMutation(owner, 'reconfigure'), id, desired, updateMask }, calls);
      await power(Wire.op.on);
      expect(await describeWeb(served)).toMatchObject({ cpus: 4, memoryBytes: 2n * GiB, tags: { env: 'prod' } });

      const deleted = await client.delete({ mutation: aMutation(owner, 'delete'), id }, calls);
      expect(deleted.task?.state).toBe(Wire.task.succeeded);
      expect(await truth.vms()).toEqual([]);
      expect(await truth.volumes()).toEqual([]);
      await expect(describeWeb(served)).rejects.toMatchObject({ code: Status.notFound, reason: 'VM_ABSENT' });
      await client.delete({ mutation: aMutation(owner, 'delete'), id }, calls);
    }));

  it('P57 lets every field of a spec arrive', () =>
    withReplicas(async ({ client, truth }) => {
      const limits = {
        cpuReservationMhz: 1,
        cpuLimitMhz: 2,
        cpuShares: 3,
        memoryReservationBytes: 4n * 1024n ** 2n,
        memoryLimitBytes: 5n * 1024n ** 2n,
      };
      const placement = { cluster: 'c', host: 'h', datastore: 'd', storagePod: 'sp', folder: 'f', resourcePool: 'rp' };
      const bytes = (text: string) => Buffer.from(text);
      await client.create(
        {
          mutation: aMutation(owner),
          initialPower: Wire.power.off,
          spec: {
            name: 'other.name',
            compute: {
              cpus: 2,
              memoryBytes: 2n * GiB,
              firmware: Wire.firmware.uefi,
              secureBoot: true,
              tpm: true,
              nestedVirtualization: true,
              maxCpus: 8,
              maxMemoryBytes: 8n * GiB,
              limits,
            },
            boot: { source: { $case: 'image', value: { template: 'tiny' } } },
            root: { name: 'root', sizeBytes: 30n * GiB, provisioning: 'thick', storage: 'ssd', bus: 'scsi' },
            disks: [
              { name: 'data', sizeBytes: 5n * GiB, provisioning: 'eagerzeroedthick', storage: 'hdd', bus: 'nvme' },
            ],
            nics: {
              items: [
                {
                  name: 'lan',
                  network: 'n',
                  model: 'e1000',
                  mac: '52:54:00:00:00:01',
                  vlan: 7,
                  staticAddress: { address: '192.0.2.7/24', gateway: '192.0.2.1', dns: ['192.0.2.2'] },
                },
                { name: 'wan', bridge: 'br0' },
              ],
            },
            guestInit: {
              kind: {
                $case: 'cloudInit',
                value: { userData: bytes('u'), metaData: bytes('local-hostname: named\n'), networkConfig: bytes('n') },
              },
            },
            placement,
            tags: { a: 'b' },
            extension: { 'mock.bootMs': '5' },
          },
        },
        calls,
      );
      const number = (value: bigint) => Number(value);
      expect(await truth.vm(owner.uid)).toMatchObject({
        name: 'other.name',
        hostname: 'named',
        power: 'off',
        configured: {
          cpus: 2,
          memoryBytes: number(2n * GiB),
          firmware: 'uefi',
          secureBoot: true,
          tpm: true,
          nestedVirtualization: true,
          maxCpus: 8,
          maxMemoryBytes: number(8n * GiB),
          limits: {
            ...limits,
            memoryReservationBytes: number(limits.memoryReservationBytes),
            memoryLimitBytes: number(limits.memoryLimitBytes),
          },
        },
        nics: [
          {
            name: 'lan',
            network: 'n',
            model: 'e1000',
            mac: '52:54:00:00:00:01',
            vlan: 7,
            staticAddress: { address: '192.0.2.7/24', gateway: '192.0.2.1', dns: ['192.0.2.2'] },
          },
          { name: 'wan', bridge: 'br0', network: '' },
        ],
        placement,
        tags: { a: 'b' },
        extension: { 'mock.bootMs': '5' },
      });
      const volumes = Object.fromEntries((await truth.volumes()).map((volume) => [volume.name, volume]));
      expect(volumes).toMatchObject({
        root: { sizeBytes: number(30n * GiB), provisioning: 'thick', storage: 'ssd', bus: 'scsi', source: 'tiny' },
        data: { sizeBytes: number(5n * GiB), provisioning: 'eagerzeroedthick', storage: 'hdd', bus: 'nvme' },
        _seed: { seed: { userData: btoa('u'), networkConfig: btoa('n') } },
      });
      // Seeds hold secrets: nobody else may read the state.
      expect((await stat(truth.directory)).mode & 0o077).toBe(0);
    }));

  it('P01 never touches a VM for its name, nor by an id that is another’s', () =>
    withReplicas(async (served) => {
      const { client, truth } = served;
      const foreign = await truth.define({ name: 'default.web', power: 'on' });
      await expect(createWeb(served)).rejects.toMatchObject({ code: Status.alreadyExists, reason: 'NAME_TAKEN' });
      const mutation = aMutation(owner, 'x');
      await expect(client.power({ mutation, id: foreign.id, op: Wire.op.off }, calls)).rejects.toMatchObject({
        code: Status.failedPrecondition,
        reason: 'OWNER_MISMATCH',
      });
      await client.delete({ mutation, id: foreign.id }, calls);
      expect(await truth.vms()).toEqual([foreign]);
    }));

  it('P01 a copy of a VM owns nothing, and two carriers of one stamp stop everything', () =>
    withReplicas(async (served) => {
      const { client, truth } = served;
      await createWeb(served);
      const copy = await truth.copy('default.web', 'copy');
      const described = await client.describe({ id: copy.id }, calls);
      expect(described.vm).toMatchObject({ copiedFrom: owner.uid });
      expect(described.vm?.owner).toBeUndefined();
      await client.power({ mutation: aMutation(owner, 'off'), id: owner.uid, op: Wire.op.off }, calls);
      expect((await truth.vm('copy'))?.power).toBe('on');

      await truth.change('copy', { owner: (await truth.vm(owner.uid))!.stamp!.owner });
      const before = await truth.vms();
      for (const attempt of [
        () => client.power({ mutation: aMutation(owner, 'on'), id: owner.uid, op: Wire.op.on }, calls),
        () => client.delete({ mutation: aMutation(owner, 'delete'), id: owner.uid }, calls),
        () => createWeb(served),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ reason: 'DUPLICATE_OWNER' });
      }
      expect(await truth.vms()).toEqual(before);
    }));

  it('P03 a reply that is lost after the effect is found by looking, and repeated without a second VM', () =>
    withReplicas(async (served) => {
      const { truth, other } = served;
      await truth.addFaults({
        id: 'lost',
        point: 'create.reply',
        times: 1,
        effect: { kind: 'fail', code: 'Internal' },
      });
      const error = await createWeb(served).catch((caught: { code: number; reason?: string }) => caught);
      expect(error).toMatchObject({ code: Status.internal });
      expect((error as { reason?: string }).reason || undefined).toBeUndefined();
      expect((await describeWeb({ client: other })).id).toBe(owner.uid);
      expect((await createWeb({ client: other })).id).toBe(owner.uid);
      expect(await truth.vms()).toHaveLength(1);
    }));

  it.each([
    'Unavailable',
    'PermissionDenied',
    'Unauthenticated',
    'FailedPrecondition',
    'ResourceExhausted',
    'Internal',
  ] as const)('P04 %s on Describe and Delete is never an absence, and nothing is deleted', (code) =>
    withReplicas(async (served) => {
      const { client, truth } = served;
      await createWeb(served);
      await truth.addFaults(
        { id: 'find', point: 'find', effect: { kind: 'fail', code, reason: 'TESTED' } },
        { id: 'delete', point: 'delete', effect: { kind: 'fail', code, reason: 'TESTED' } },
      );
      const attempts = [
        () => describeWeb(served),
        () => client.delete({ mutation: aMutation(owner, 'delete'), id: owner.uid }, calls),
      ];
      for (const attempt of attempts) {
        const error = (await attempt().catch((caught: unknown) => caught)) as { code: number; reason: string };
        expect(error.code).toBeGreaterThan(0);
        expect([error.code, error.reason]).not.toEqual([Status.notFound, 'VM_ABSENT']);
        expect(error.code).not.toBe(Status.notFound);
      }
      expect(await truth.vms()).toHaveLength(1);
    }),
  );

  it('P04 P10 a hypervisor that does not answer is unreachable, never empty; afterwards all is as it was', () =>
    withReplicas(async (served) => {
      const { client, truth } = served;
      await createWeb(served);
      const before = await truth.vms();
      await truth.setKnobs({ blind: true });
      const remove = () => client.delete({ mutation: aMutation(owner, 'delete'), id: owner.uid }, calls);
      for (const attempt of [() => describeWeb(served), remove, () => client.listVMs({}, calls)]) {
        await expect(attempt()).rejects.toMatchObject({ code: Status.unavailable, reason: 'HYPERVISOR_UNREACHABLE' });
      }
      await truth.setKnobs({ blind: false });
      expect(await truth.vms()).toEqual(before);
      await until(() =>
        remove().then(
          () => true,
          () => false,
        ),
      );
      expect(await truth.vms()).toEqual([]);
    }));

  it('works on one hypervisor from several replicas', () =>
    withReplicas(async (served) => {
      const { client, other, truth } = served;
      const [a, b] = await Promise.all([client.getProviderInfo({}, calls), other.getProviderInfo({}, calls)]);
      expect(a.hypervisorId).toBe(truth.id);
      expect(b.hypervisorId).toBe(a.hypervisorId);
      expect(b.instanceId).not.toBe(a.instanceId);

      await createWeb(served);
      await other.power({ mutation: aMutation(owner, 'off'), id: owner.uid, op: Wire.op.off }, calls);
      expect((await describeWeb(served)).powerState).toBe(Wire.power.off);
      await other.delete({ mutation: aMutation(owner, 'delete'), id: owner.uid }, calls);
      await expect(describeWeb(served)).rejects.toMatchObject({ reason: 'VM_ABSENT' });
    }));

  it('leaves out of a list what a knob hides, though it is there', () =>
    withReplicas(async (served) => {
      const { client, truth } = served;
      await createWeb(served);
      const listed = async () => (await client.listVMs({ pageSize: 10 }, calls)).vms.map(({ name }) => name);
      expect(await listed()).toEqual(['default.web']);
      await truth.setKnobs({ hidden: ['default.web'] });
      expect(await listed()).toEqual([]);
      expect((await describeWeb(served)).name).toBe('default.web');
    }));

  it('P44 shows user-data to nobody: not in logs, not in states', async () => {
    const canary = 'canary-0b5e55';
    const directory = await mkdtemp(join(tmpdir(), 'mock-canary-'));
    const logger = createMemoryLogger();
    await withServedProvider(provider, { endpoint: `mock://${directory}`, logger }, async ({ client }) => {
      const request = createWebRequest();
      const userData = Buffer.from(`#cloud-config\npassword: ${canary}\n`);
      const guestInit = { kind: { $case: 'cloudInit' as const, value: { userData } } };
      await client.create({ ...request, spec: { ...request.spec, guestInit } }, calls);
      const truth = await openMockHypervisor(directory);
      expect(JSON.stringify(await truth.volumes())).toContain(userData.toString('base64'));
      await truth.addFaults({ id: 'f', point: '*', effect: { kind: 'fail', code: 'Internal' } });
      await expect(client.create({ ...request, spec: { ...request.spec, guestInit } }, calls)).rejects.toThrow();
      await truth.clearFaults();
      const shown = [await client.describe({ owner }, calls), await client.listVMs({}, calls), logger.entries];
      const text = JSON.stringify(shown, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
      expect(text).toContain('default.web');
      expect(text).not.toContain(canary);
      expect(text).not.toContain(userData.toString('base64'));
    });
    await rm(directory, { recursive: true });
  });

  it('shows what keeps a VM from being worked on, in the hypervisor’s words', () =>
    withReplicas(async (served) => {
      const { truth } = served;
      await createWeb(served);
      await truth.change('default.web', {
        connection: 'inaccessible',
        question: 'disk full: retry?',
        power: 'crashed',
      });
      expect(await describeWeb(served)).toMatchObject({ connection: 3, question: 'disk full: retry?', powerState: 4 });
      await truth.change('default.web', {
        connection: null,
        question: null,
        power: 'suspended',
        powerReason: 'io-error',
      });
      expect(await describeWeb(served)).toMatchObject({ connection: 1, question: '', powerState: 3, powerReason: 2 });
    }));

  it('tells what needs a restart', () =>
    withReplicas(async (served) => {
      const { client } = served;
      await createWeb(served);
      const desired = aSpec(owner, { compute: { cpus: 4, memoryBytes: GiB } });
      const mutation = aMutation(owner, 'reconfigure');
      await client.reconfigure({ mutation, id: owner.uid, desired, updateMask: ['compute.cpus'] }, calls);
      expect(await describeWeb(served)).toMatchObject({
        cpus: 1,
        restartRequired: [{ field: 'compute.cpus', live: '1', configured: '4' }],
      });
    }));
});
