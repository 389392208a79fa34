import { describe, expect, it } from '@jest/globals';
import { Capability, Code, Reason, type AdoptRequest, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { failureOf } from './client-calls.ts';
import { MemoryCloud, memoryCloudProvider } from '../examples/memory-cloud.ts';
import { defineProvider, implementProvider, stampOf, type ProviderImplementation } from '../src/index.ts';
import { aCreateRequest, aMutation, anOwner, withServedProvider } from '../src/testing/index.ts';

const options = { timeoutMs: 5_000 };
/** The objects of a cluster that was lost, and those of the one that was built in its place. */
const former = anOwner('former', { clusterId: 'lost' });
const owner = anOwner('web');
const other = anOwner('other');

const run = (body: (client: ProviderClient, cloud: MemoryCloud) => Promise<void>) => {
  const cloud = new MemoryCloud();
  return withServedProvider(memoryCloudProvider(cloud), {}, ({ client }) => body(client, cloud));
};

const adoption = (id: string, overrides: Partial<AdoptRequest> = {}) => ({
  mutation: aMutation(owner, 'adopt'),
  id,
  expectedOwnerUid: former.uid,
  ...overrides,
});

const ownerOf = (cloud: MemoryCloud, id: string) => stampOf(cloud.instances.get(id)?.tags ?? {})?.owner.uid;

/** A VM that nobody owns. */
const foreign = (cloud: MemoryCloud, id = 'by-hand') => {
  cloud.instances.set(id, { id, name: id, running: true, cpus: 1, memoryBytes: 1024 ** 3, tags: { team: 'a' } });
  return id;
};

describe('Adopt', () => {
  it('gives the VM of a lost object to the one that takes it over, and answers it as it is', async () => {
    await run(async (client, cloud) => {
      const { id } = await client.create(aCreateRequest(former), options);
      const { vm } = await client.adopt(adoption(id), options);
      expect(vm).toMatchObject({ id, owner: { uid: owner.uid, clusterId: owner.clusterId } });
      expect(await client.describe({ owner }, options)).toMatchObject({ vm: { id } });
      expect((await failureOf(client.describe({ owner: former }, options))).reason).toBe(Reason.VmAbsent);
      expect(cloud.instances.size).toBe(1);
    });
  });

  it('answers the same when it is asked again: a lost reply is no failure', async () => {
    await run(async (client) => {
      const { id } = await client.create(aCreateRequest(former), options);
      const first = await client.adopt(adoption(id), options);
      expect(await client.adopt(adoption(id), options)).toEqual(first);
    });
  });

  it('takes a VM that nobody owns only where that is what is expected', async () => {
    await run(async (client, cloud) => {
      const id = foreign(cloud);
      expect(await failureOf(client.adopt(adoption(id), options))).toMatchObject({
        code: Code.FAILED_PRECONDITION,
        reason: Reason.OwnerMismatch,
      });
      const { vm } = await client.adopt(adoption(id, { expectedOwnerUid: '' }), options);
      expect(vm).toMatchObject({ owner: { uid: owner.uid }, tags: { team: 'a' } });
    });
  });

  it.each([
    { because: "it was to be nobody's", expectedOwnerUid: '' },
    { because: "it was to be somebody else's", expectedOwnerUid: former.uid },
  ])('P01 leaves the VM of a living owner alone: $because', async ({ expectedOwnerUid }) => {
    await run(async (client, cloud) => {
      const { id } = await client.create(aCreateRequest(other), options);
      const failure = await failureOf(client.adopt(adoption(id, { expectedOwnerUid }), options));
      expect(failure.reason).toBe(Reason.OwnerMismatch);
      expect(failure.message).toContain('default/other');
      expect(ownerOf(cloud, id)).toBe(other.uid);
    });
  });

  it('gives nobody a second VM', async () => {
    await run(async (client, cloud) => {
      await client.create(aCreateRequest(owner), options);
      const { id } = await client.create(aCreateRequest(former), options);
      expect((await failureOf(client.adopt(adoption(id), options))).reason).toBe(Reason.DuplicateOwner);
      expect(ownerOf(cloud, id)).toBe(former.uid);
    });
  });

  it("refuses one of two VMs that both bear the former owner's stamp", async () => {
    await run(async (client, cloud) => {
      const { id } = await client.create(aCreateRequest(former), options);
      const made = cloud.instances.get(id);
      if (!made) throw new Error('it was just made');
      const { 'virtrigaud-carrier': _carrier, ...tags } = made.tags;
      cloud.instances.set('twin', { ...made, id: 'twin', tags });
      expect((await failureOf(client.adopt(adoption(id), options))).reason).toBe(Reason.DuplicateOwner);
      expect(ownerOf(cloud, id)).toBe(former.uid);
    });
  });

  it("takes a copy for nobody's, whatever stamp came along", async () => {
    await run(async (client, cloud) => {
      const { id } = await client.create(aCreateRequest(former), options);
      const made = cloud.instances.get(id);
      if (!made) throw new Error('it was just made');
      cloud.instances.set('copy', { ...made, id: 'copy' });
      expect((await failureOf(client.adopt(adoption('copy'), options))).reason).toBe(Reason.OwnerMismatch);
      const { vm } = await client.adopt(adoption('copy', { expectedOwnerUid: '' }), options);
      expect(vm?.owner?.uid).toBe(owner.uid);
      expect(ownerOf(cloud, id)).toBe(former.uid);
    });
  });

  it('says absent only of what the hypervisor does not have', async () => {
    await run(async (client) => {
      expect((await failureOf(client.adopt(adoption('no-such'), options))).reason).toBe(Reason.VmAbsent);
    });
  });

  it.each([
    { field: 'id', request: { id: '' } },
    { field: 'expected_owner_uid', request: { expectedOwnerUid: owner.uid } },
  ])('wants $field', async ({ field, request }) => {
    await run(async (client) => {
      const failure = await failureOf(client.adopt(adoption('any', request), options));
      expect(failure).toMatchObject({ code: Code.INVALID_ARGUMENT, fieldViolations: [{ field }] });
    });
  });

  it('P52 keeps an older leader out', async () => {
    await run(async (client, cloud) => {
      const { id } = await client.create(aCreateRequest(former), options);
      await client.getProviderInfo({ clusterId: owner.clusterId, term: 2n }, options);
      expect((await failureOf(client.adopt(adoption(id), options))).reason).toBe(Reason.StaleTerm);
      expect(ownerOf(cloud, id)).toBe(former.uid);
    });
  });

  it('P13 is undone by a release: the VM lives, the stamp is gone', async () => {
    await run(async (client, cloud) => {
      const id = foreign(cloud);
      await client.adopt(adoption(id, { expectedOwnerUid: '' }), options);
      await client.delete({ mutation: aMutation(owner, 'release'), releaseOnly: true }, options);
      expect(cloud.instances.get(id)).toMatchObject({ running: true, tags: { team: 'a' } });
      expect(ownerOf(cloud, id)).toBeUndefined();
    });
  });

  it("waits for the former owner's work", async () => {
    const cloud = new MemoryCloud();
    const { implementation } = memoryCloudProvider(cloud);
    const gate = Promise.withResolvers<undefined>();
    const slow = implementProvider({
      ...implementation,
      powerVm: async (_session, _request, call) => ({ task: call.startTask({}, () => gate.promise) }),
    } as ProviderImplementation<unknown>);
    await withServedProvider(slow, {}, async ({ client }) => {
      const { id } = await client.create(aCreateRequest(former), options);
      const { task } = await client.power({ mutation: aMutation(former, 'power'), id, op: 2 }, options);
      const failure = await failureOf(client.adopt(adoption(id), options));
      expect(failure).toMatchObject({ code: Code.ABORTED, metadata: { task_id: task?.id } });
      gate.resolve(undefined);
    });
  });

  it('does not take over what was never finished', async () => {
    const cloud = new MemoryCloud();
    const { implementation } = memoryCloudProvider(cloud);
    const halfMade = implementProvider({
      ...implementation,
      findVms: async (...args) =>
        (await implementation.findVms(...args)).map((vm) => ({ ...vm, lifecycle: 'Creating' as const })),
    } as ProviderImplementation<unknown>);
    await withServedProvider(halfMade, {}, async ({ client }) => {
      const { id } = await client.create(aCreateRequest(former), options);
      expect((await failureOf(client.adopt(adoption(id), options))).reason).toBe(Reason.WrongState);
      expect(ownerOf(cloud, id)).toBe(former.uid);
    });
  });

  it('is a capability of whoever has the method, and of nobody else', async () => {
    const { adoptVm: _adoptVm, ...without } = memoryCloudProvider(new MemoryCloud()).implementation;
    await withServedProvider(implementProvider(without), {}, async ({ client }) => {
      const { capabilities } = await client.getProviderInfo({ clusterId: 'c', term: 1n }, options);
      expect(capabilities).not.toContain(Capability.ADOPT);
      expect(await failureOf(client.adopt(adoption('any'), options))).toMatchObject({
        code: Code.UNIMPLEMENTED,
        reason: Reason.CapabilityMissing,
      });
    });
  });

  it('is not offered to whoever cannot let go again', () => {
    const vms = { adopt: async () => undefined, power: {} };
    expect(() => defineProvider({ type: 'x', version: '1', vms } as never)).toThrow(/needs vms.release/);
  });
});
