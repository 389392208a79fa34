import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Code, PowerOp, PowerState, type Owner, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { DomainXml } from '@virtrigaud/libvirt-client';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openLab, type Lab } from './lab.ts';
import { describeWithLibvirt } from './requirements.ts';
import { aCreate, aMutation, anOwner, describeVm, MIB, prepareImage, served, SLOW } from './scene.ts';

describeWithLibvirt('changes of a VM on libvirt', (guestImage) => {
  let lab: Lab;
  let preparedId: string;
  beforeAll(async () => {
    lab = await openLab(guestImage);
    preparedId = await served((client) => prepareImage(client, lab));
  }, 60_000);
  afterAll(async () => {
    await lab.close();
  });

  const withVm = (
    name: string,
    initialPower: PowerState,
    use: (client: ProviderClient, owner: Owner) => Promise<void>,
  ) =>
    served(async (client) => {
      const owner = anOwner(lab, name);
      await client.create(aCreate(lab, owner, preparedId, { initialPower }), SLOW);
      await use(client, owner);
      await client.delete({ mutation: aMutation(owner, 'delete') }, SLOW);
    });
  const reconfigure = (client: ProviderClient, owner: Owner, change: object, updateMask: string[]) => {
    const desired = { ...aCreate(lab, owner, preparedId).spec, ...change };
    return client.reconfigure({ mutation: aMutation(owner, 'reconfigure'), desired, updateMask }, SLOW);
  };
  const power = (client: ProviderClient, owner: Owner, op: PowerOp, operationId = `power-${String(op)}`) =>
    client.power({ mutation: { operationId, owner, term: 1n }, op }, SLOW);

  const larger = { compute: { cpus: 2, memoryBytes: 384n * MIB } };
  const size = ['compute.cpus', 'compute.memory_bytes'];

  it('P31 changes processors and memory of a VM that is off, and shows what libvirt says', async () => {
    await withVm('resized', PowerState.OFF, async (client, owner) => {
      await reconfigure(client, owner, larger, size);
      expect(await describeVm(client, owner)).toMatchObject({ cpus: 2, memoryBytes: 384n * MIB, restartRequired: [] });
      const info = await lab.libvirt.domainGetInfo(await lab.libvirt.domainLookupByUuid(owner.uid));
      expect([info.vcpus, info.maxMemoryKiB]).toEqual([2, 384n * 1024n]);
    });
  });

  it('P31 keeps the old size of a running VM in its state, says what waits, and has it after a power cycle', async () => {
    await withVm('pending', PowerState.ON, async (client, owner) => {
      await reconfigure(client, owner, larger, size);
      expect(await describeVm(client, owner)).toMatchObject({
        powerState: PowerState.ON,
        cpus: 1,
        memoryBytes: 256n * MIB,
        restartRequired: [
          { field: 'compute.cpus', live: '1', configured: '2' },
          { field: 'compute.memory_bytes', live: String(256n * MIB), configured: String(384n * MIB) },
        ],
      });
      await power(client, owner, PowerOp.OFF);
      await power(client, owner, PowerOp.ON);
      expect(await describeVm(client, owner)).toMatchObject({ cpus: 2, memoryBytes: 384n * MIB, restartRequired: [] });
    });
  }, 120_000);

  it('keeps what somebody else put into the definition', async () => {
    await withVm('edited', PowerState.OFF, async (client, owner) => {
      const domain = await lab.libvirt.domainLookupByUuid(owner.uid);
      await lab.libvirt.domainSetMetadata(domain, { type: 1, text: 'a title <of> mine' }, { flags: 2 });
      await reconfigure(client, owner, larger, size);
      const xml = await lab.libvirt.domainGetXmlDesc(domain);
      expect(xml).toContain('<title>a title &lt;of&gt; mine</title>');
      expect(xml).toContain("<alias name='ua-root'/>");
    });
  });

  it('changes tags at once, and grows the root disk of a VM that is on', async () => {
    await withVm('tagged', PowerState.ON, async (client, owner) => {
      const change = { tags: { 'a b': '"<&>\'', env: 'prod' }, root: { sizeBytes: 64n * MIB } };
      await reconfigure(client, owner, change, ['tags', 'root']);
      expect(await describeVm(client, owner)).toMatchObject({
        tags: change.tags,
        disks: [{ name: 'root', sizeBytes: 64n * MIB }],
      });
      await expect(reconfigure(client, owner, { root: { sizeBytes: 48n * MIB } }, ['root'])).rejects.toMatchObject({
        code: Code.INVALID_ARGUMENT,
        reason: 'INVALID_FIELD',
      });
    });
  }, 120_000);

  it('P31 adds, grows and detaches data disks of a VM that is off; a detached one outlives it and comes back as it was', async () => {
    await withVm('disks', PowerState.OFF, async (client, owner) => {
      const [a, b] = [
        { name: 'a', sizeBytes: 4n * MIB },
        { name: 'b with a name', sizeBytes: 8n * MIB },
      ];
      const disks = async () => (await describeVm(client, owner)).disks.map(({ name, sizeBytes }) => [name, sizeBytes]);
      const root = (await disks())[0];
      await reconfigure(client, owner, { disks: [a, b], tags: { with: 'disks' } }, ['disks', 'tags']);
      expect(await disks()).toEqual([root, ['a', 4n * MIB], ['b with a name', 8n * MIB]]);
      await reconfigure(client, owner, { disks: [b, { ...a, sizeBytes: 6n * MIB }] }, ['disks']);
      expect(await disks()).toEqual([root, ['a', 6n * MIB], ['b with a name', 8n * MIB]]);
      const file = async () => (await stat(join(lab.poolPath, `vr-${owner.uid}-disk-a.qcow2`))).birthtimeMs;
      const madeAt = await file();
      await reconfigure(client, owner, { disks: [b] }, ['disks']);
      expect(await disks()).toEqual([root, ['b with a name', 8n * MIB]]);
      await reconfigure(client, owner, { disks: [b, { ...a, sizeBytes: 6n * MIB }] }, ['disks']);
      expect(await disks()).toEqual([root, ['a', 6n * MIB], ['b with a name', 8n * MIB]]);
      expect(await file()).toBe(madeAt);
      await reconfigure(client, owner, { disks: [b] }, ['disks']);

      await client.delete({ mutation: aMutation(owner, 'delete') }, SLOW);
      const left = (await lab.volumes()).filter((name) => name.includes(owner.uid));
      expect(left).toEqual([`vr-${owner.uid}-disk-a.qcow2`, `vr-${owner.uid}-disk-a.qcow2.ok`]);
    });
  });

  it('has a detached disk back in a VM that is made for its owner again, and deletes it with that', async () => {
    await served(async (client) => {
      const owner = anOwner(lab, 'again');
      const disks = [{ name: 'a', sizeBytes: 4n * MIB }];
      const make = () =>
        client.create(aCreate(lab, owner, preparedId, { initialPower: PowerState.OFF, spec: { disks } }), SLOW);
      const left = async () => (await lab.volumes()).filter((name) => name.includes(owner.uid));
      await make();
      await reconfigure(client, owner, { disks: [] }, ['disks']);
      await client.delete({ mutation: aMutation(owner, 'delete') }, SLOW);
      expect(await left()).toHaveLength(2);
      await make();
      expect((await describeVm(client, owner)).disks.map(({ name }) => name)).toEqual(['root', 'a']);
      await client.delete({ mutation: aMutation(owner, 'delete') }, SLOW);
      expect(await left()).toEqual([]);
    });
  }, 120_000);

  it('P31 changes NICs of a VM that is off, and keeps the slot of one that stays', async () => {
    await withVm('nics', PowerState.OFF, async (client, owner) => {
      const slot = async () =>
        DomainXml.parse(await lab.libvirt.domainGetXmlDesc(await lab.libvirt.domainLookupByUuid(owner.uid)))
          .findDeviceByAlias('ua-nic-default')
          ?.find('address')
          ?.toString();
      const before = await slot();
      expect(before).toBeDefined();
      const items = [
        { name: 'first', network: lab.network, mac: '52:54:00:00:01:02', model: 'e1000e' },
        { name: 'default', network: lab.network },
      ];
      await reconfigure(client, owner, { nics: { items } }, ['nics']);
      const { nics } = await describeVm(client, owner);
      expect(nics).toMatchObject([items[0], { name: 'default', model: 'virtio' }]);
      expect(await slot()).toBe(before);
      const mutation = aMutation(owner, 'reconfigure');
      const desired = {
        ...aCreate(lab, owner, preparedId).spec,
        nics: { items: [{ name: 'x', network: 'no-such-net' }] },
      };
      await expect(client.reconfigure({ mutation, desired, updateMask: ['nics'] }, SLOW)).rejects.toMatchObject({
        reason: 'DEPENDENCY_MISSING',
      });
    });
  });

  it('asks for a restart where disks or NICs of a running VM would come or go, and changes nothing', async () => {
    await withVm('fixed', PowerState.ON, async (client, owner) => {
      const before = await describeVm(client, owner);
      const restart = { code: Code.FAILED_PRECONDITION, reason: 'RESTART_REQUIRED' };
      const disks = [{ name: 'more', sizeBytes: MIB }];
      await expect(reconfigure(client, owner, { disks, ...larger }, ['disks', ...size])).rejects.toMatchObject(restart);
      await expect(reconfigure(client, owner, { nics: { items: [] } }, ['nics'])).rejects.toMatchObject(restart);
      await reconfigure(client, owner, {}, ['nics', 'disks']);
      expect((await describeVm(client, owner)).restartRequired).toEqual(before.restartRequired);
    });
  }, 120_000);

  it('P78 takes each power operation in each state for what it asks', async () => {
    await withVm('powered', PowerState.OFF, async (client, owner) => {
      const state = async () => (await describeVm(client, owner)).powerState;
      const steps: readonly (readonly [PowerOp, PowerState | 'WRONG_STATE'])[] = [
        [PowerOp.OFF, PowerState.OFF],
        [PowerOp.SHUTDOWN_GRACEFUL, PowerState.OFF],
        [PowerOp.SUSPEND, 'WRONG_STATE'],
        [PowerOp.RESUME, 'WRONG_STATE'],
        [PowerOp.REBOOT, 'WRONG_STATE'],
        [PowerOp.ON, PowerState.ON],
        [PowerOp.ON, PowerState.ON],
        [PowerOp.RESUME, PowerState.ON],
        [PowerOp.SUSPEND, PowerState.SUSPENDED],
        [PowerOp.SUSPEND, PowerState.SUSPENDED],
        [PowerOp.SHUTDOWN_GRACEFUL, 'WRONG_STATE'],
        [PowerOp.RESUME, PowerState.ON],
        [PowerOp.SUSPEND, PowerState.SUSPENDED],
        [PowerOp.ON, PowerState.ON],
        [PowerOp.RESET, PowerState.ON],
        [PowerOp.SHUTDOWN_GRACEFUL, PowerState.ON],
        [PowerOp.OFF, PowerState.OFF],
      ];
      const seen: (PowerState | 'WRONG_STATE')[] = [];
      for (const [index, [op]] of steps.entries()) {
        const refused = await power(client, owner, op, `p-${String(index)}`).then(
          () => undefined,
          (error: { reason: string }) => error.reason,
        );
        seen.push((refused as 'WRONG_STATE' | undefined) ?? (await state()));
      }
      expect(seen).toEqual(steps.map(([, expected]) => expected));
    });
  }, 180_000);

  it('starts with its host when it is wanted on, and not when it is wanted off', async () => {
    await withVm('auto', PowerState.ON, async (client, owner) => {
      const domain = await lab.libvirt.domainLookupByUuid(owner.uid);
      expect(await lab.libvirt.domainGetAutostart(domain)).toBe(true);
      await power(client, owner, PowerOp.OFF);
      expect(await lab.libvirt.domainGetAutostart(domain)).toBe(false);
    });
  }, 120_000);
});
