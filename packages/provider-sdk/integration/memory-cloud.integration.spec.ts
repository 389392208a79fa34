import { describe, expect, it } from '@jest/globals';
import {
  Capability,
  Code,
  Lifecycle,
  PowerOp,
  PowerState,
  Reason,
  type ProviderClient,
} from '@virtrigaud/grpc-contract/client';
import { readFileSync } from 'node:fs';
import { eventsUntil, failureOf, type WatchEvent } from './client-calls.ts';
import { MemoryCloud, memoryCloudProvider } from '../examples/memory-cloud.ts';
import { aCreateRequest, aMutation, anOwner, aSpec, withServedProvider } from '../src/testing/index.ts';

const timeoutMs = 5_000;
const owner = anOwner('web');

const run = (body: (client: ProviderClient, cloud: MemoryCloud) => Promise<void>) => {
  const cloud = new MemoryCloud();
  return withServedProvider(memoryCloudProvider(cloud), {}, ({ client }) => body(client, cloud));
};

describe('a provider of sixty lines', () => {
  it('has sixty lines at most', () => {
    const lines = readFileSync(new URL('../examples/memory-cloud.ts', import.meta.url), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.length).toBeLessThanOrEqual(60);
  });

  it('is what the README shows', () => {
    const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
    expect(read('../README.md')).toContain(`\`\`\`ts\n${read('../examples/memory-cloud.ts')}\`\`\`\n`);
  });

  it('says what it is, and only what it can', async () => {
    await run(async (client, cloud) => {
      const info = await client.getProviderInfo({ clusterId: 'cluster-1', term: 3n }, { timeoutMs });
      expect(info).toMatchObject({ type: 'memory-cloud', hypervisorId: cloud.account, highestTerm: 3n });
      expect(info.capabilities).toEqual([Capability.ADOPT]);
      expect((await failureOf(client.clone({}, { timeoutMs }))).reason).toBe(Reason.CapabilityMissing);
    });
  });

  it('brings a VM up, changes it, and lets it go', async () => {
    await run(async (client, cloud) => {
      const { id } = await client.create(aCreateRequest(owner, { initialPower: PowerState.ON }), { timeoutMs });
      const { vm } = await client.describe({ owner }, { timeoutMs });
      expect(vm).toMatchObject({
        id,
        powerState: PowerState.ON,
        lifecycle: Lifecycle.READY,
        owner: { uid: owner.uid },
      });

      const bigger = { cpus: 4, memoryBytes: 1024n ** 3n };
      const reconfigure = { desired: aSpec(owner, { compute: bigger }), updateMask: ['compute.cpus'] };
      const refused = client.reconfigure({ mutation: aMutation(owner, 'resize'), ...reconfigure }, { timeoutMs });
      expect(await failureOf(refused)).toMatchObject({
        reason: Reason.RestartRequired,
        fieldViolations: [{ field: 'compute.cpus' }],
      });
      await client.power({ mutation: aMutation(owner, 'off'), id, op: PowerOp.OFF }, { timeoutMs });
      await client.reconfigure({ mutation: aMutation(owner, 'resize'), ...reconfigure }, { timeoutMs });
      expect(cloud.instances.get(id)).toMatchObject({ running: false, cpus: 4, memoryBytes: 256 * 1024 ** 2 });

      await client.delete({ mutation: aMutation(owner, 'delete') }, { timeoutMs });
      expect((await failureOf(client.describe({ owner }, { timeoutMs }))).reason).toBe(Reason.VmAbsent);
      expect(cloud.instances.size).toBe(0);
    });
  });

  it('P01 makes one VM of a repeated Create, and touches no other of that name', async () => {
    await run(async (client, cloud) => {
      const foreign = { id: 'f', name: 'default.web', running: true, cpus: 1, memoryBytes: 1, tags: {} };
      cloud.instances.set('f', foreign);
      await Promise.all([1, 2, 3].map(() => client.create(aCreateRequest(owner), { timeoutMs })));
      await client.create(aCreateRequest(owner), { timeoutMs });
      expect(cloud.instances.size).toBe(2);
      const mismatch = client.power(
        { mutation: aMutation(anOwner('other'), 'off'), id: owner.uid, op: PowerOp.OFF },
        { timeoutMs },
      );
      expect((await failureOf(mismatch)).reason).toBe(Reason.OwnerMismatch);
      await client.delete({ mutation: aMutation(anOwner('other'), 'delete'), id: 'f' }, { timeoutMs });
      expect(cloud.instances.get('f')).toEqual({ ...foreign });
    });
  });

  it('refuses to choose between two carriers of one stamp', async () => {
    await run(async (client, cloud) => {
      await client.create(aCreateRequest(owner), { timeoutMs });
      const [made] = cloud.instances.values();
      if (!made) throw new Error('nothing was made');
      const { 'virtrigaud-carrier': _carrier, ...unnamed } = made.tags;
      made.tags = unnamed;
      cloud.instances.set('copy', { ...made, id: 'copy' });
      const call = client.delete({ mutation: aMutation(owner, 'delete') }, { timeoutMs });
      expect((await failureOf(call)).reason).toBe(Reason.DuplicateOwner);
      expect(cloud.instances.size).toBe(2);
    });
  });

  it('shows a copy whose stamp names its carrier as a copy, not as an owned VM', async () => {
    await run(async (client, cloud) => {
      await client.create(aCreateRequest(owner), { timeoutMs });
      const [made] = cloud.instances.values();
      if (!made) throw new Error('nothing was made');
      cloud.instances.set('copy', { ...made, id: 'copy' });
      const { vms } = await client.listVMs({}, { timeoutMs });
      expect(vms.find(({ id }) => id === 'copy')).toMatchObject({ copiedFrom: owner.uid, owner: undefined });
      await client.delete({ mutation: aMutation(owner, 'delete') }, { timeoutMs });
      expect([...cloud.instances.keys()]).toEqual(['copy']);
    });
  });

  it('keeps an older leader out', async () => {
    await run(async (client, cloud) => {
      await client.getProviderInfo({ clusterId: 'cluster-1', term: 7n }, { timeoutMs });
      const late = client.create(aCreateRequest(owner, { mutation: aMutation(owner, 'create', { term: 6n }) }), {
        timeoutMs,
      });
      expect(await failureOf(late)).toMatchObject({ code: Code.ABORTED, reason: Reason.StaleTerm });
      expect(cloud.instances.size).toBe(0);
    });
  });

  it('pushes what there is, and then what changes, to a watcher', async () => {
    await run(async (client, cloud) => {
      await client.create(aCreateRequest(owner, { initialPower: PowerState.ON }), { timeoutMs });
      const listed = await eventsUntil(client, (event) => event.$case === 'bookmark' && event.value.initialListDone);
      expect(listed.map(({ $case }) => $case)).toEqual(['upsert', 'bookmark']);
      const seen = eventsUntil(client, (event) => event.$case === 'gone');
      cloud.instances.clear();
      expect((await seen).at(-1)).toMatchObject({ $case: 'gone', value: { id: owner.uid, owner: { uid: owner.uid } } });
    });
  });

  it('resumes a watch by its token, and says so when it cannot', async () => {
    await run(async (client) => {
      const isDone = (event: WatchEvent) => event.$case === 'bookmark';
      const [first] = (await eventsUntil(client, isDone)).slice(-1);
      if (first?.$case !== 'bookmark') throw new Error('no bookmark');
      await client.create(aCreateRequest(owner), { timeoutMs });
      const resumed = await eventsUntil(client, (event) => event.$case === 'upsert', {
        resumeToken: first.value.resumeToken,
      });
      expect(resumed.map(({ $case }) => $case).filter(($case) => $case !== 'bookmark')).toEqual(['upsert']);
      const foreign = await eventsUntil(client, isDone, { resumeToken: 'another-instance.5' });
      expect(foreign.map(({ $case }) => $case)).toEqual(['resync', 'upsert', 'bookmark']);
    });
  });

  it('names the field that is wrong', async () => {
    await run(async (client) => {
      const spec = aSpec(owner, { compute: { cpus: 0, memoryBytes: 1n } });
      expect(await failureOf(client.create(aCreateRequest(owner, { spec }), { timeoutMs }))).toMatchObject({
        code: Code.INVALID_ARGUMENT,
        fieldViolations: [{ field: 'spec.compute.cpus' }],
      });
      const unknown = aSpec(owner, { extension: { 'memory.tier': 'gold' } });
      expect(await failureOf(client.create(aCreateRequest(owner, { spec: unknown }), { timeoutMs }))).toMatchObject({
        code: Code.INVALID_ARGUMENT,
      });
    });
  });
});
