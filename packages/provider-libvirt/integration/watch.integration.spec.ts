import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  PowerState,
  type Owner,
  type ProviderClient,
  type VirtualMachineState,
  type WatchVMsResponse,
} from '@virtrigaud/grpc-contract/client';
import { eventually } from './eventually.ts';
import { openLab, remove, type Lab } from './lab.ts';
import { describeWithLibvirt } from './requirements.ts';
import { aCreate, anOwner, prepareImage, served, SLOW } from './scene.ts';

/** What a watch has told so far. */
class Told {
  readonly upserts: VirtualMachineState[] = [];
  readonly gone: string[] = [];
  bookmarks = 0;

  take({ event }: WatchVMsResponse): void {
    if (event?.$case === 'upsert') this.upserts.push(event.value);
    if (event?.$case === 'gone') this.gone.push(event.value.id);
    if (event?.$case === 'bookmark' && event.value.initialListDone) this.bookmarks += 1;
  }

  last(id: string): VirtualMachineState | undefined {
    return this.upserts.findLast((vm) => vm.id === id);
  }
}

describeWithLibvirt('the watch of libvirt', (guestImage) => {
  let lab: Lab;
  let preparedId: string;
  beforeAll(async () => {
    lab = await openLab(guestImage);
    preparedId = await served((client) => prepareImage(client, lab));
  }, 60_000);
  afterAll(async () => {
    await lab.close();
  });

  /** Watches as long as `use` takes. */
  async function watching(client: ProviderClient, use: (told: Told) => Promise<void>): Promise<void> {
    const told = new Told();
    const end = new AbortController();
    const reading = (async () => {
      for await (const response of client.watchVMs({ clusterId: 'lab' }, { signal: end.signal })) told.take(response);
    })().catch((error: unknown) => {
      if (!end.signal.aborted) throw error;
    });
    await eventually('the first list is told', async () => (told.bookmarks > 0 ? true : undefined));
    await use(told);
    end.abort();
    await reading;
  }

  const create = async (client: ProviderClient, owner: Owner, initialPower: PowerState) =>
    client.create(aCreate(lab, owner, preparedId, { initialPower }), SLOW);

  it('P20 tells of what is done behind our back (stop, start, undefine) by events of libvirt', async () => {
    await served(async (client) => {
      await watching(client, async (told) => {
        const owner = anOwner(lab, 'seen');
        await create(client, owner, PowerState.ON);
        const powerIs = (state: PowerState) =>
          eventually(`the watch tells power ${String(state)}`, async () =>
            told.last(owner.uid)?.powerState === state ? true : undefined,
          );
        await powerIs(PowerState.ON);

        const domain = await lab.libvirt.domainLookupByUuid(owner.uid);
        await lab.libvirt.domainDestroy(domain);
        await powerIs(PowerState.OFF);
        await lab.libvirt.domainCreate(domain);
        await powerIs(PowerState.ON);
        await lab.libvirt.domainSuspend(domain);
        await powerIs(PowerState.SUSPENDED);
        await remove(lab.libvirt, await lab.domain(owner.uid));
        await eventually('the watch tells that it is gone', async () => told.gone.includes(owner.uid) || undefined);
      });
    });
  }, 180_000);

  it('tells of a foreign VM, and that it is nobody of ours', async () => {
    await served(async (client) => {
      await watching(client, async (told) => {
        const owner = anOwner(lab, 'plain');
        await create(client, owner, PowerState.OFF);
        const domain = await lab.libvirt.domainLookupByUuid(owner.uid);
        await lab.libvirt.domainSetMetadata(
          domain,
          { type: 2, key: 'vr', uri: 'https://virtrigaud.io/libvirt/1' },
          { flags: 2 },
        );
        await eventually('the watch tells that the stamp is gone', async () => {
          const vm = told.last(owner.uid);
          return vm && !vm.owner ? true : undefined;
        });
      });
    });
  }, 120_000);

  it('P22 needs no call of the manager: an inventory of all VMs comes with the first list', async () => {
    await served(async (client) => {
      const owners = ['a', 'b', 'c'].map((name) => anOwner(lab, name));
      for (const owner of owners) await create(client, owner, PowerState.OFF);
      await watching(client, async (told) => {
        expect(owners.map(({ uid }) => told.last(uid)?.owner?.uid)).toEqual(owners.map(({ uid }) => uid));
      });
    });
  }, 120_000);
});

describeWithLibvirt('what is behind the endpoint', () => {
  it('has one identity for everybody, and says what it can do', async () => {
    const ask = () => served((client) => client.getProviderInfo({ clusterId: 'lab', term: 1n }, SLOW));
    const [one, two] = await Promise.all([ask(), ask()]);
    expect(one.hypervisorId).toMatch(/^[0-9a-f-]{36}$/);
    expect(two.hypervisorId).toBe(one.hypervisorId);
    expect(one).toMatchObject({
      type: 'libvirt',
      hypervisorVersion: expect.stringMatching(/^libvirt \d+\.\d+\.\d+, QEMU /),
    });
  });

  it('answers no, with what to do, when a default that the Provider names is missing', async () => {
    await served(async (client) => {
      const answer = await client.validate({ defaults: { datastore: 'no-such-pool' }, defaultNetwork: 'x' }, SLOW);
      expect(answer).toMatchObject({
        ok: false,
        reason: 'INVALID_CONFIGURATION',
        message: expect.stringContaining('no-such-pool'),
      });
    });
  });
});
