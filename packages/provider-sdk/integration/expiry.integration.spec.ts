import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Code, PowerOp, Reason, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { stamp } from '../src/index.ts';
import { aCreateRequest, aMutation, anOwner, aSpec, withServedProvider } from '../src/testing/index.ts';
import { Cloud } from './box-cloud.ts';
import { eventually, failureOf } from './client-calls.ts';
import { aVm, ScriptedHypervisor } from './scripted-hypervisor.ts';

const timeoutMs = 5_000;
const owner = anOwner('web');
const expired = { code: Code.DEADLINE_EXCEEDED, reason: Reason.OperationExpired };

const run = (body: (client: ProviderClient, hypervisor: ScriptedHypervisor) => Promise<void>) => {
  const hypervisor = new ScriptedHypervisor();
  return withServedProvider(hypervisor.provider, {}, ({ client }) => body(client, hypervisor));
};
const inMs = (ms: number) => new Date(Date.now() + ms);
const createBy = (notAfter: Date) => ({
  ...aCreateRequest(owner),
  mutation: aMutation(owner, 'create', { notAfter }),
});

/** Sets the clock on the wall forward. */
function leap(ms: number): void {
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() + ms);
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a mutation that arrives late', () => {
  it('P14 makes nothing, however much time its deadline seems to leave', async () => {
    await run(async (client, hypervisor) => {
      const failure = await failureOf(client.create(createBy(inMs(-1)), { timeoutMs }));
      expect(failure).toMatchObject(expired);
      expect(failure.message).toMatch(
        /^Create: it had to begin by .*Z, and here it is .*Z: it came late, or the clocks/,
      );
      expect(hypervisor.creations).toBe(0);
      await client.create(createBy(inMs(30_000)), { timeoutMs });
      expect(hypervisor.creations).toBe(1);
    });
  });

  it('changes nothing and deletes nothing', async () => {
    await run(async (client, hypervisor) => {
      hypervisor.vms.set('a', aVm('a', { owner: { ...owner, kind: 'VirtualMachine' } }));
      const mutation = (verb: string) => aMutation(owner, verb, { notAfter: inMs(-1) });
      const calls = [
        client.power({ mutation: mutation('power'), id: 'a', op: PowerOp.OFF }, { timeoutMs }),
        client.delete({ mutation: mutation('delete') }, { timeoutMs }),
        client.reconfigure(
          { mutation: mutation('reconfigure'), id: 'a', desired: aSpec(owner), updateMask: ['compute.cpus'] },
          { timeoutMs },
        ),
      ];
      for (const call of calls) expect(await failureOf(call)).toMatchObject(expired);
      expect(hypervisor.vms.get('a')?.power).toBe('On');
    });
  });

  it('P14 is held back right before its effect, when the time is over by then, whatever it has looked at before', async () => {
    await run(async (client, hypervisor) => {
      hypervisor.vms.set('a', aVm('a', { owner: { ...owner, kind: 'VirtualMachine' } }));
      const gate = Promise.withResolvers<void>();
      hypervisor.powerGate = gate.promise;
      const mutation = aMutation(owner, 'power', { notAfter: inMs(30_000) });
      const off = failureOf(client.power({ mutation, id: 'a', op: PowerOp.OFF }, { timeoutMs: 60_000 }));
      await eventually(
        async () => hypervisor.atPowerGate,
        (times) => times === 1,
      );
      leap(31_000);
      gate.resolve();
      expect(await off).toMatchObject(expired);
      expect(hypervisor.vms.get('a')?.power).toBe('On');
    });
  });

  it('P14 does not switch on what an earlier Create left off, when the time is over by then', async () => {
    const cloud = new Cloud();
    cloud.boxes.set('made', {
      id: 'made',
      power: 'Off',
      lifecycle: 'Creating',
      tags: stamp({ ...owner, kind: 'VirtualMachine' }, 'made'),
    });
    await withServedProvider(cloud.provider, {}, async ({ client }) => {
      let looks = 0;
      // The first look is the frame's, which finds it half-made; the second is for the power-on itself.
      cloud.findGate = async () => {
        looks += 1;
        if (looks === 2) leap(31_000);
      };
      const create = client.create(createBy(inMs(30_000)), { timeoutMs: 60_000 });
      expect(await failureOf(create)).toMatchObject(expired);
      expect(looks).toBe(2);
      expect(cloud.boxes.get('made')?.power).toBe('Off');
      await client.create(createBy(inMs(60_000)), { timeoutMs });
      expect(cloud.boxes.get('made')?.power).toBe('On');
    });
  });

  it.each(['call', 'task'])('P30 does not end work whose %s has begun in time', async (first) => {
    await run(async (client, hypervisor) => {
      const gate = Promise.withResolvers<void>();
      hypervisor.claimsFirst = first === 'call';
      hypervisor.longCreate = async (task) => {
        if (first === 'task') task.checkBeforeEffect();
        await gate.promise;
        task.checkBeforeEffect();
        return { resultId: owner.uid };
      };
      const { task } = await client.create(createBy(inMs(30_000)), { timeoutMs: 60_000 });
      leap(31_000);
      gate.resolve();
      const ended = await eventually(
        async () => (await client.taskStatus({ id: task?.id ?? '' }, { timeoutMs })).task,
        (seen) => seen?.finishedAt !== undefined,
      );
      expect(ended).toMatchObject({ resultId: owner.uid, error: undefined });
    });
  });
});

describe('a Create that arrives twice', () => {
  it('P14 does not make anew what was deleted in between', async () => {
    await run(async (client, hypervisor) => {
      const request = createBy(inMs(30_000));
      await client.create(request, { timeoutMs });
      await client.create(request, { timeoutMs });
      await client.delete({ mutation: aMutation(owner, 'delete') }, { timeoutMs });
      expect(await failureOf(client.create(request, { timeoutMs }))).toMatchObject(expired);
      expect([...hypervisor.vms]).toEqual([]);
    });
  });

  it('leaves others, and another Create of the same owner, alone', async () => {
    await run(async (client, hypervisor) => {
      await client.create(createBy(inMs(30_000)), { timeoutMs });
      await client.delete({ mutation: aMutation(owner, 'delete') }, { timeoutMs });
      const other = anOwner('db');
      await client.create(aCreateRequest(other), { timeoutMs });
      const again = { ...aCreateRequest(owner), mutation: aMutation(owner, 'create', { operationId: 'create-2' }) };
      await client.create(again, { timeoutMs });
      expect([...hypervisor.vms.keys()].sort()).toEqual([owner.uid, other.uid].sort());
    });
  });
});
