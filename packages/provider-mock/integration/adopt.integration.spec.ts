import { describe, expect, it } from '@jest/globals';
import { aMutation, anOwner } from '@virtrigaud/provider-sdk/testing';
import { withReplicas, type Served } from '../src/testing/served.ts';
import { calls, createWebRequest, webOwner } from '../src/testing/web.ts';

const owner = anOwner('new');
const adoption = (id: string, expectedOwnerUid = webOwner.uid) => ({
  mutation: aMutation(owner, 'adopt'),
  id,
  expectedOwnerUid,
});
const names = async ({ truth }: Served) => (await truth.volumes()).map(({ name }) => name).sort();

describe('adopting on the mock', () => {
  it('moves a VM to its new owner, with its disks, and deletes all of it for them', () =>
    withReplicas(async (served) => {
      const { client, other, truth } = served;
      const { id } = await client.create(createWebRequest(), calls);
      const before = await truth.vm(id);
      await client.adopt(adoption(id), calls);
      expect(await truth.vm(id)).toEqual({ ...before, stamp: { carrier: id, owner } });
      // Through another replica, which knows nothing but the hypervisor.
      await other.delete({ mutation: aMutation(owner, 'delete'), id }, calls);
      expect(await truth.vms()).toEqual([]);
      expect(await names(served)).toEqual([]);
    }));

  it('P13 spares the disks that a VM was adopted with when nobody of ours owned it', () =>
    withReplicas(async (served) => {
      const { client, truth } = served;
      const { id } = await client.create(createWebRequest(), calls);
      await client.delete({ mutation: aMutation(webOwner, 'release'), releaseOnly: true }, calls);
      const disks = await names(served);
      await client.adopt(adoption(id, ''), calls);
      await client.delete({ mutation: aMutation(owner, 'delete') }, calls);
      expect(await truth.vms()).toEqual([]);
      expect(await names(served)).toEqual(disks);
      await client.delete({ mutation: aMutation(owner, 'delete', { operationId: 'again' }) }, calls);
      expect(await names(served)).toEqual(disks);
    }));

  it('P13 lets an adopted VM go and takes nothing but the stamp', () =>
    withReplicas(async ({ client, truth }) => {
      const { id } = await truth.define({ name: 'by-hand', power: 'on' });
      const before = await truth.vm(id);
      await client.adopt(adoption(id, ''), calls);
      await client.delete({ mutation: aMutation(owner, 'release'), releaseOnly: true }, calls);
      expect(await truth.vm(id)).toEqual(before);
    }));

  it('lets one of two win that adopt the same VM through two replicas', () =>
    withReplicas(async ({ client, other, truth }) => {
      const { id } = await client.create(createWebRequest(), calls);
      const second = anOwner('second');
      const answers = await Promise.allSettled([
        client.adopt(adoption(id), calls),
        other.adopt({ ...adoption(id), mutation: aMutation(second, 'adopt') }, calls),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const winner = answers[0].status === 'fulfilled' ? owner : second;
      expect((await truth.vm(id))?.stamp?.owner.uid).toBe(winner.uid);
    }));

  it('P03 finds its own stamp when the answer was lost', () =>
    withReplicas(async ({ client, truth }) => {
      const { id } = await client.create(createWebRequest(), calls);
      await truth.addFaults({ id: 'lost', point: 'adopt.reply', times: 1, effect: { kind: 'fail', code: 'Internal' } });
      await expect(client.adopt(adoption(id), calls)).rejects.toMatchObject({ code: 13 });
      expect(await client.adopt(adoption(id), calls)).toMatchObject({ vm: { id, owner: { uid: owner.uid } } });
    }));
});
