import { beforeEach, describe, expect, it } from '@jest/globals';
import { Annotation } from '@virtrigaud/api-types';
import { Code, Lifecycle, PowerState, Reason } from '@virtrigaud/grpc-contract/client';
import { aProvider, aState, uid } from '../testing/builders.ts';
import { contractError } from '../testing/scripted-provider.ts';
import { Simulation } from '../testing/simulation.ts';
import { conditionOf } from './status.ts';

const oldUid = '99999999-2222-4333-8444-555555555555';
const annotations = { [Annotation.TakeOver]: oldUid };

describe('taking over the machine of a lost object', () => {
  let life: Simulation;
  beforeEach(() => {
    life = new Simulation({ metadata: { annotations } });
    const owner = { uid: oldUid, name: 'web', namespace: 'shop', kind: 'VirtualMachine', clusterId: 'lost' };
    life.provider.vms.set(oldUid, aState({ owner }));
  });
  const provisioned = () => {
    const condition = conditionOf(life.status, 'Provisioned');
    return `${condition?.reason ?? ''}: ${condition?.message ?? ''}`;
  };
  /** Everything else in this file is about a machine that is there: nothing may make or delete one. */
  const mutations = () => life.provider.calls.filter((call) => call !== 'describe');

  it('adopts it, and makes none', async () => {
    await life.settle();
    expect(life.ready()).toBe('True Settled');
    expect(mutations()).toEqual(['adopt']);
    expect([...life.provider.vms.keys()]).toEqual([uid]);
    expect(provisioned()).toBe('Adopted: was taken over');
    expect(life.status).toMatchObject({ id: 'vm-1', binding: { takeOver: oldUid } });
    expect(life.notes).toEqual(['Adopted']);
  });

  it('asks for nothing that it was made from: no image, no Secret', async () => {
    life.references = { image: () => undefined };
    await life.settle();
    expect(life.ready()).toBe('True Settled');
  });

  it('brings it to what is wanted afterwards', async () => {
    life.provider.change(oldUid, { powerState: PowerState.OFF, cpus: 1 });
    await life.settle();
    expect(mutations()).toEqual(['adopt', 'reconfigure compute.cpus', 'power ON']);
    expect(life.ready()).toBe('True Settled');
  });

  it.each(['before', 'after'] as const)(
    'P03 finds out what became of it when the answer is lost %s the effect',
    async (when) => {
      life.provider.faults.push({ method: 'adopt', when, error: contractError(Code.UNAVAILABLE), times: 1 });
      await life.settle();
      expect(life.ready()).toBe('True Settled');
      expect([...life.provider.vms.keys()]).toEqual([uid]);
      expect(mutations().filter((call) => call !== 'adopt')).toEqual([]);
    },
  );

  it('P02 goes on after a restart of the manager at any step', async () => {
    for (let step = 0; step < 8; step += 1) {
      await life.reconcile();
      life.restart();
    }
    await life.settle();
    expect(life.ready()).toBe('True Settled');
    expect(mutations().every((call) => call === 'adopt')).toBe(true);
  });

  it('P13 deleting the object releases the machine: it lives, its stamp is gone', async () => {
    await life.settle();
    life.delete();
    await life.settle();
    expect(life.vm).toBeUndefined();
    expect(life.provider.released.map(({ id }) => id)).toEqual(['vm-1']);
    expect(life.notes.at(-1)).toBe('Released');
  });

  it('P13 also when the annotation was removed, and the manager restarted, meanwhile', async () => {
    await life.settle();
    life.edit({ metadata: { annotations: {} } });
    life.restart();
    await life.settle();
    expect(provisioned()).toBe('Adopted: was taken over');
    life.delete();
    await life.settle();
    expect(life.provider.released).toHaveLength(1);
  });

  it('P13 also when nobody has seen yet that it was adopted', async () => {
    life.provider.faults.push(
      { method: 'adopt', when: 'after', error: contractError(Code.UNAVAILABLE), times: 1 },
      { method: 'describe', when: 'before', error: contractError(Code.UNAVAILABLE), times: 0 },
    );
    await life.reconcile();
    life.vm = life.vm && { ...life.vm, status: { ...life.vm.status, id: undefined } };
    life.delete();
    await life.settle();
    expect(life.vm).toBeUndefined();
    expect(life.provider.released).toHaveLength(1);
  });

  it('deletes it where its owner says so', async () => {
    await life.settle();
    life.edit({ spec: { deletionPolicy: 'Delete' } });
    life.delete();
    await life.settle();
    expect([life.provider.released, [...life.provider.vms]]).toEqual([[], []]);
    expect(life.notes.at(-1)).toBe('Deleted');
  });

  it('P01 does not take it from an object that is there, and does once that is gone', async () => {
    life.living.set(oldUid, 'shop/former');
    await life.settle();
    expect(mutations()).toEqual([]);
    expect(life.ready()).toBe('False NameTaken');
    expect(conditionOf(life.status, 'Stalled')?.message).toContain('shop/former');
    expect(life.status.binding).toBeUndefined();
    life.living.clear();
    await life.settle();
    expect(life.ready()).toBe('True Settled');
  });

  it("P13 names the collision where the machine has become another's", async () => {
    const error = contractError(Code.FAILED_PRECONDITION, Reason.OwnerMismatch);
    life.provider.faults.push({ method: 'adopt', when: 'before', error, times: 1 });
    await life.reconcile();
    expect(life.ready()).toBe('False NameTaken');
    expect(provisioned()).toContain('OWNER_MISMATCH');
    expect([...life.provider.vms.keys()]).toEqual([oldUid]);
  });

  it('says that there is none, and makes none until the annotation goes', async () => {
    life.provider.vms.clear();
    await life.reconcile();
    expect(life.ready()).toBe('False Vanished');
    expect(provisioned()).toContain(oldUid);
    expect(mutations()).toEqual([]);
    life.edit({ metadata: { annotations: {} } });
    await life.settle();
    expect(life.ready()).toBe('True Settled');
    expect(mutations()).toEqual(['create']);
    expect(life.status.binding?.takeOver).toBeUndefined();
  });

  it('says what the provider lacks', async () => {
    life.view = aProvider({ capabilities: new Set() });
    await life.settle();
    expect(life.ready()).toBe('False CapabilityMissing');
    expect(mutations()).toEqual([]);
  });

  it('leaves a machine that is there already alone: the annotation came too late', async () => {
    const made = new Simulation();
    await made.settle();
    made.edit({ metadata: { annotations } });
    made.delete();
    await made.settle();
    expect(made.notes.at(-1)).toBe('Deleted');
    expect(made.provider.calls).not.toContain('adopt');
  });

  it('an annotation that comes between the binding and the machine is heeded', async () => {
    const late = new Simulation();
    late.provider.faults.push({ method: 'create', when: 'before', error: contractError(Code.INTERNAL), times: 1 });
    await late.reconcile();
    late.clock.advance(120_000);
    late.provider.vms.set(oldUid, aState());
    late.edit({ metadata: { annotations } });
    await late.settle();
    expect(late.ready()).toBe('True Settled');
    expect(late.status.binding?.takeOver).toBe(oldUid);
    expect(late.provider.calls.filter((call) => call === 'create')).toHaveLength(1);
    expect([...late.provider.vms.keys()]).toEqual([uid]);
  });

  it('finishes what a Create has begun, whatever the annotation says since', async () => {
    const begun = new Simulation();
    begun.provider.slow = true;
    await begun.reconcile();
    begun.edit({ metadata: { annotations } });
    begun.provider.slow = false;
    begun.provider.finishTasks();
    begun.provider.change(uid, { lifecycle: Lifecycle.CREATING });
    for (const task of begun.provider.tasks.values()) begun.tasks.heard(task);
    await begun.settle();
    expect(begun.ready()).toBe('True Settled');
    expect(begun.provider.calls).not.toContain('adopt');
  });

  it('makes a new one where it was taken over, vanished, and its owner wants another', async () => {
    life.edit({ spec: { vanishedPolicy: 'Recreate' } });
    await life.settle();
    life.provider.vms.clear();
    life.stream();
    await life.settle();
    expect(mutations()).toEqual(['adopt', 'create']);
    expect(life.ready()).toBe('True Settled');
  });
});
