import { describe, expect, it } from '@jest/globals';
import { Code, PowerOp, Reason, ReplicaMode, TaskState, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { createMemoryLogger } from '@virtrigaud/service-kit';
import { defineProvider, poll, type EffectCall } from '../src/index.ts';
import { aCreateRequest, aMutation, anOwner, aSpec, withServedProvider } from '../src/testing/index.ts';
import { Cloud, type Box } from './box-cloud.ts';
import { eventsUntil, eventually, failureOf } from './client-calls.ts';

const timeoutMs = 10_000;
const owner = anOwner('web');

const run = (body: (client: ProviderClient, cloud: Cloud) => Promise<void>, logger = createMemoryLogger()) => {
  const cloud = new Cloud();
  return withServedProvider(cloud.provider, { logger }, ({ client }) => body(client, cloud));
};
const create = (client: ProviderClient) => client.create(aCreateRequest(owner), { timeoutMs });
const stateOf = async (client: ProviderClient, id: string) =>
  (await client.taskStatus({ id }, { timeoutMs })).task?.state;
const heeding = ({ signal }: EffectCall) =>
  new Promise<void>((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('gave up'));
    });
  });

describe('a defined provider', () => {
  it.each([
    ['data disks', { disks: [{ name: 'data', sizeBytes: 2n ** 20n }] }, 'spec.disks'],
    ['NICs', { nics: { items: [{ name: 'lan', network: 'lan' }] } }, 'spec.nics'],
  ])('makes no VM without the %s that it cannot give it', async (_what, spec, words) => {
    await run(async (client, cloud) => {
      const asked = client.create(aCreateRequest(owner, { spec: aSpec(owner, spec) }), { timeoutMs });
      const failure = await failureOf(asked);
      expect(failure).toMatchObject({ code: Code.UNIMPLEMENTED, reason: Reason.CapabilityMissing });
      expect(failure?.message).toContain(words);
      expect(cloud.boxes.size).toBe(0);
    });
  });

  it('hands an empty list of NICs to a create that does not heed them: none is not the default', async () => {
    await run(async (client, { specs }) => {
      await client.create(aCreateRequest(owner, { spec: aSpec(owner, { nics: { items: [] } }) }), { timeoutMs });
      expect(specs.map(({ nics }) => nics)).toEqual([[]]);
    });
  });

  it('is of one replica at a time, since its tasks live in one process', async () => {
    await run(async (client) => {
      expect((await client.getProviderInfo({}, { timeoutMs })).replicaMode).toBe(ReplicaMode.ACTIVE_STANDBY);
    });
  });

  it.each(['off', 'delete'])(
    'P01 does "%s" to the carrier of the stamp, not to a copy that is listed first',
    async (verb) => {
      await run(async (client, cloud) => {
        await create(client);
        const made = cloud.boxes.get('made');
        if (!made) throw new Error('nothing was made');
        cloud.boxes.clear();
        cloud.boxes.set('copy', { ...made, id: 'copy', power: 'On' }).set('made', made);
        const mutation = aMutation(owner, verb);
        await (verb === 'off'
          ? client.power({ mutation, id: 'made', op: PowerOp.OFF }, { timeoutMs })
          : client.delete({ mutation, id: 'made' }, { timeoutMs }));
        expect(cloud.boxes.get('copy')?.power).toBe('On');
        expect(cloud.boxes.has('made')).toBe(verb === 'off');
      });
    },
  );

  it('asks for one VM by its id where the author can, and lists no other', async () => {
    const boxes = new Map<string, Box>(['a', 'b'].map((id) => [id, { id, power: 'On', tags: {} }]));
    let lists = 0;
    const provider = defineProvider<undefined, Box>({
      type: 'boxes',
      version: '1',
      connect: async () => undefined,
      hypervisor: async () => ({ id: 'boxes', version: '1' }),
      vms: {
        list: () => {
          lists += 1;
          return boxes.values();
        },
        get: async (_session, id) => boxes.get(id),
        find: async () => undefined,
        toState: ({ id, power }) => ({ id, name: id, power, cpus: 1, memoryBytes: 256 * 1024 ** 2 }),
        create: async () => Promise.reject(new Error('not asked for')),
        delete: async () => undefined,
        power: { on: async () => undefined, off: async () => undefined },
      },
      inventory: poll({ everyMs: 60_000 }),
    });
    await withServedProvider(provider, {}, async ({ client }) => {
      await eventsUntil(client, ({ $case }) => $case === 'bookmark');
      const before = lists;
      expect((await client.describe({ id: 'b' }, { timeoutMs })).vm?.id).toBe('b');
      expect((await failureOf(client.describe({ id: 'c' }, { timeoutMs }))).reason).toBe(Reason.VmAbsent);
      expect(lists).toBe(before);
    });
  });

  it('names what a long Create made in its finished task', async () => {
    await run(async (client, cloud) => {
      const gate = Promise.withResolvers<undefined>();
      cloud.createGate = () => gate.promise;
      const { task } = await create(client);
      gate.resolve(undefined);
      const ended = await eventually(
        () => client.taskStatus({ id: task?.id ?? '' }, { timeoutMs }),
        (status) => status.task?.state !== TaskState.RUNNING,
      );
      expect(ended.task).toMatchObject({ state: TaskState.SUCCEEDED, resultId: 'made' });
    });
  });

  it('P30 ends a Create in flight when the VM is deleted', async () => {
    await run(async (client, cloud) => {
      cloud.createGate = heeding;
      const { task } = await create(client);
      await client.delete({ mutation: aMutation(owner, 'delete') }, { timeoutMs });
      expect(await stateOf(client, task?.id ?? '')).toBe(TaskState.CANCELLED);
      expect(cloud.boxes.size).toBe(0);
    });
  });

  it('reboots once for one operation id, and again for another', async () => {
    await run(async (client, cloud) => {
      await create(client);
      const reboot = (verb: string, op: PowerOp) =>
        client.power({ mutation: aMutation(owner, verb), id: 'made', op }, { timeoutMs });
      await reboot('first', PowerOp.REBOOT);
      await reboot('first', PowerOp.REBOOT);
      expect(cloud.reboots).toBe(1);
      await reboot('second', PowerOp.RESET);
      expect(cloud.reboots).toBe(2);
    });
  });

  it('does not reboot again when it cannot know whether the first time worked', async () => {
    await run(async (client, cloud) => {
      await create(client);
      cloud.reboot = async () => Promise.reject(new Error('socket hang up'));
      const reboot = () =>
        client.power({ mutation: aMutation(owner, 'reboot'), id: 'made', op: PowerOp.REBOOT }, { timeoutMs });
      expect((await failureOf(reboot())).code).toBe(Code.INTERNAL);
      expect((await reboot()).task?.state).toBe(TaskState.SUCCEEDED);
      expect(cloud.reboots).toBe(1);
    });
  });

  it('takes a size that a running VM already has for done', async () => {
    await run(async (client, cloud) => {
      await create(client);
      for (const box of cloud.boxes.values()) box.power = 'On';
      const resize = (cpus: number) =>
        client.reconfigure(
          {
            mutation: aMutation(owner, `resize-${String(cpus)}`),
            desired: aSpec(owner, { compute: { cpus, memoryBytes: 256n * 1024n ** 2n } }),
            updateMask: ['compute.cpus', 'compute.memory_bytes'],
          },
          { timeoutMs },
        );
      expect((await resize(1)).task?.state).toBe(TaskState.SUCCEEDED);
      expect(await failureOf(resize(2))).toMatchObject({
        reason: Reason.RestartRequired,
        fieldViolations: [{ field: 'compute.cpus' }],
      });
    });
  });

  it('goes on with the others when one VM cannot be read, says so once, and never calls it gone', async () => {
    const logger = createMemoryLogger();
    await run(async (client, cloud) => {
      for (const id of ['a', 'b']) cloud.boxes.set(id, { id, power: 'On', tags: {} });
      await eventsUntil(client, (event) => event.$case === 'upsert' && event.value.id === 'b');
      cloud.unreadable.add('b');
      const events = eventsUntil(client, (event) => event.$case === 'upsert' && event.value.id === 'c');
      await eventually(
        () => logger.entries.filter(({ message }) => message === 'a VM cannot be read').length,
        (lines) => lines > 0,
      );
      cloud.boxes.set('c', { id: 'c', power: 'On', tags: {} });
      expect((await events).filter(({ $case }) => $case === 'gone' || $case === 'stale')).toEqual([]);
      const { vms } = await client.listVMs({}, { timeoutMs });
      expect(vms.map(({ id }) => id)).toEqual(['a', 'c']);
      expect((await failureOf(client.describe({ id: 'b' }, { timeoutMs }))).code).toBe(Code.INTERNAL);
    }, logger);
    const told = logger.entries.filter(
      ({ message, fields }) => message === 'a VM cannot be read' && fields['by'] === 'inventory',
    );
    expect(told).toHaveLength(1);
  });
});
