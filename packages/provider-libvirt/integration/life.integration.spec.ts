import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Code, PowerOp, PowerReason, PowerState } from '@virtrigaud/grpc-contract/client';
import { eventually } from './eventually.ts';
import { openLab, type Lab } from './lab.ts';
import { describeWithLibvirt } from './requirements.ts';
import { aCreate, aMutation, anOwner, describeVm, prepareImage, served, SLOW } from './scene.ts';

describeWithLibvirt('a VM on libvirt', (guestImage) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab(guestImage);
  });
  afterAll(async () => {
    await lab.close();
  });

  it('comes up from an image with an address that its guest reports, and goes with all that was made for it', async () => {
    await served(async (client) => {
      const preparedId = await prepareImage(client, lab);
      const before = await lab.volumes();
      const owner = anOwner(lab, 'web');

      const { id } = await client.create(aCreate(lab, owner, preparedId), SLOW);
      expect(id).toBe(owner.uid);
      const up = await eventually('the guest has an address', async () => {
        const vm = await describeVm(client, owner);
        return vm.nics[0]?.addresses.length ? vm : undefined;
      });
      expect(up).toMatchObject({ powerState: PowerState.ON, cpus: 1, name: `${lab.namespace}.web` });
      expect(up.nics[0]?.addresses[0]).toMatch(/^10\.231\./);

      // The guest read its name from the seed, and told it to the DHCP server.
      const network = await lab.libvirt.networkLookupByName(lab.network);
      expect((await lab.libvirt.networkGetDhcpLeases(network)).map(({ hostname }) => hostname)).toContain('web');

      await client.power({ mutation: aMutation(owner, 'shutdown'), op: PowerOp.SHUTDOWN_GRACEFUL }, SLOW);
      const down = await eventually('the guest has shut down', async () => {
        const vm = await describeVm(client, owner);
        return vm.powerState === PowerState.OFF ? vm : undefined;
      });
      expect(down).toMatchObject({ powerReason: PowerReason.GUEST_SHUTDOWN, nics: [{ addresses: [] }] });

      await client.delete({ mutation: aMutation(owner, 'delete'), id }, SLOW);
      expect(await lab.domain(owner.uid)).toBeUndefined();
      expect(await lab.volumes()).toEqual(before);
      await expect(client.describe({ owner }, SLOW)).rejects.toMatchObject({
        code: Code.NOT_FOUND,
        reason: 'VM_ABSENT',
      });
    });
  }, 600_000);
});
