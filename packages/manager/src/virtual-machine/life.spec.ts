import { describe, expect, it } from '@jest/globals';
import { Annotation } from '@virtrigaud/api-types';
import { Code, PowerState, Reason, TaskState } from '@virtrigaud/grpc-contract/client';
import { aProvider, aState, uid, unreachable } from '../testing/builders.ts';
import { contractError, type Fault } from '../testing/scripted-provider.ts';
import { Simulation } from '../testing/simulation.ts';

/** A VM that is Ready. */
async function readyVm(parts: ConstructorParameters<typeof Simulation>[0] = {}): Promise<Simulation> {
  const life = new Simulation(parts);
  await life.settle();
  expect(life.ready()).toBe('True Settled');
  life.trace.length = 0;
  life.provider.calls.length = 0;
  life.notes.length = 0;
  life.writes = 0;
  return life;
}

/** The first Create is not answered, and may begin within a minute; `beside`: a second attempt is. */
function unanswered(nowMs: number, beside?: 'Answered'): Fault {
  return {
    method: 'create',
    when: beside ? 'after' : 'before',
    error: beside ? undefined : contractError(Code.UNAVAILABLE),
    openUntilMs: nowMs + 60_000,
    times: 1,
  };
}

describe('the life of a VirtualMachine', () => {
  it('applied to Ready: one finalizer, two status writes, one mutation, one read', async () => {
    const life = new Simulation();
    await life.settle();
    expect(life.trace).toEqual([
      'plan: AddFinalizer',
      'write: finalizer',
      'plan: Bind',
      'write: status: Provisioning, Ready=False Creating',
      'plan: Create',
      'call: create',
      'plan: Describe',
      'call: describe',
      'plan: Settled',
      'write: status: Running, Ready=True Settled',
      'event: Created',
    ]);
  });

  it('P20 P24 at rest: no call, no write, whatever wakes it', async () => {
    const life = await readyVm();
    for (let look = 0; look < 10; look += 1) {
      life.clock.advance(60_000);
      life.stream();
      await life.settle();
    }
    expect([life.provider.calls, life.writes]).toEqual([[], 0]);
  });

  it('P24 a manager that has just started says nothing of a machine, unless its Provider stays away', async () => {
    const life = await readyVm();
    life.restart();
    life.view = aProvider({ unavailable: { reason: 'NotYetConnected', message: 'not connected yet', sinceMs: 0 } });
    expect(await life.reconcile()).toMatchObject({ kind: 'requeue', afterMs: 40_000 });
    life.clock.advance(30_000);
    expect(await life.reconcile()).toMatchObject({ kind: 'requeue', afterMs: 10_000 });
    life.view = aProvider();
    await life.settle();
    expect([life.ready(), life.writes]).toEqual(['True Settled', 0]);
    life.view = aProvider({ unavailable: { reason: 'NotYetConnected', message: 'being listed', sinceMs: 0 } });
    expect(await life.reconcile()).toMatchObject({ kind: 'requeue', afterMs: 40_000 });
    life.clock.advance(40_000);
    await life.reconcile();
    expect([life.ready(), life.writes]).toEqual(['False NotYetConnected', 1]);
  });

  it('with a task: the task is written before it is waited for, and its end is looked at', async () => {
    const life = new Simulation();
    life.provider.slow = true;
    expect(await life.reconcile()).toEqual({ kind: 'requeue', afterMs: 60_000 });
    expect(life.status.task?.id).toBe('t1');
    life.provider.finishTasks();
    for (const task of life.provider.tasks.values()) life.tasks.heard(task);
    await life.settle();
    expect(life.ready()).toBe('True Settled');
    expect(life.status.task).toBeUndefined();
    expect(life.provider.calls).toEqual(['create', 'describe']);
    expect(life.writes).toBe(4);
  });

  it('P02 the manager dies while the task runs: it is found by its id, and nothing is made twice', async () => {
    const life = new Simulation();
    life.provider.slow = true;
    await life.reconcile();
    life.restart();
    life.provider.finishTasks();
    await life.settle();
    expect(life.ready()).toBe('True Settled');
    expect(life.provider.calls.filter((call) => call === 'create')).toHaveLength(1);
    expect(life.provider.calls).toContain('taskStatus');
  });

  it('P02 P11 a Create that got no answer, and takes effect after the Delete: nothing is left behind', async () => {
    const life = new Simulation();
    life.provider.faults.push(unanswered(life.clock.monotonicMs()));
    await life.reconcile();
    life.delete();
    await life.reconcile();
    expect(life.provider.calls).toEqual(['create', 'describe', 'delete', 'describe']);
    life.clock.advance(30_000);
    life.provider.vms.set(uid, aState());
    await life.settle();
    expect(life.vm).toBeUndefined();
    expect([...life.provider.vms]).toEqual([]);
  });

  it('P14 an earlier attempt of an answered Create may begin after the Delete: the object stays until it cannot any more', async () => {
    const life = new Simulation();
    life.provider.faults.push(unanswered(life.clock.monotonicMs(), 'Answered'));
    await life.reconcile();
    expect(life.ready()).toBe('True Settled');
    life.delete();
    await life.reconcile();
    expect(life.vm).toBeDefined();
    life.provider.vms.set(uid, aState());
    await life.settle();
    expect(life.vm).toBeUndefined();
    expect([...life.provider.vms]).toEqual([]);
  });

  it('P14 a Create whose every attempt was answered holds nothing up', async () => {
    const life = new Simulation();
    await life.settle();
    life.delete();
    await life.reconcile();
    expect(life.vm).toBeUndefined();
  });

  it('P02 a Create that got no answer is not taken for undone because the object was edited', async () => {
    const life = new Simulation();
    life.provider.faults.push(unanswered(life.clock.monotonicMs()));
    await life.reconcile();
    life.edit({ spec: { resources: { cpu: 4, memory: '4Gi' } } });
    await life.reconcile();
    expect(life.status.binding).toBeDefined();
    life.provider.vms.set(uid, aState());
    await life.settle();
    expect(life.ready()).toBe('True Settled');
    expect(life.provider.calls.filter((call) => call === 'create')).toHaveLength(1);
  });

  it('what is done and has no effect is repeated ever more seldom', async () => {
    const life = await readyVm();
    life.provider.lies = true;
    life.edit({ spec: { powerState: 'Off' } });
    await life.settle();
    expect(life.provider.calls.filter((call) => call === 'power OFF').length).toBeLessThan(20);
    expect(life.ready()).toBe('False PoweringOff');
    life.provider.calls.length = 0;
    life.delete();
    await life.settle();
    expect(life.vm).toBeDefined();
    expect(life.provider.calls.filter((call) => call === 'delete').length).toBeLessThan(20);
  });

  it('what was released is not called gone, whatever the policy says later', async () => {
    const life = await readyVm({ spec: { deletionPolicy: 'Retain' } });
    life.provider.faults.push({ method: 'describe', when: 'before', error: contractError(Code.UNAVAILABLE), times: 1 });
    life.delete();
    await life.reconcile();
    life.edit({ spec: { deletionPolicy: 'Delete' } });
    await life.settle();
    expect(life.vm).toBeUndefined();
    expect(life.notes).toEqual(['Released']);
  });

  it('an edit while the task of an earlier one runs is sent, too; each is told', async () => {
    const life = await readyVm();
    life.provider.slowChanges = true;
    const finish = () => {
      life.provider.finishTasks();
      for (const task of life.provider.tasks.values()) life.tasks.heard(task);
    };
    life.edit({ spec: { resources: { cpu: 4, memory: '2Gi' } } });
    await life.reconcile();
    life.edit({ spec: { resources: { cpu: 8, memory: '2Gi' } } });
    await life.reconcile();
    finish();
    await life.reconcile();
    finish();
    await life.settle();
    expect(life.provider.vms.get(uid)?.cpus).toBe(8);
    expect(life.ready()).toBe('True Settled');
    expect(life.notes).toEqual(['Reconfigured', 'Reconfigured']);
  });

  it('P02 one that is made again and left half-made by a crash is finished', async () => {
    const life = await readyVm({ spec: { vanishedPolicy: 'Recreate' } });
    life.provider.vms.delete(uid);
    life.stream();
    life.provider.slow = true;
    await life.reconcile();
    life.provider.tasks.clear();
    life.provider.change(uid, { taskId: '' });
    life.provider.slow = false;
    life.restart();
    await life.settle();
    expect(life.provider.calls.filter((call) => call === 'create')).toHaveLength(2);
    expect(life.ready()).toBe('True Settled');
  });

  it('P03 a lost reply of Create is resolved by looking', async () => {
    const life = new Simulation();
    life.provider.faults.push({ method: 'create', when: 'after', error: contractError(Code.UNAVAILABLE), times: 1 });
    await life.settle();
    expect(life.ready()).toBe('True Settled');
    expect(life.provider.calls).toEqual(['create', 'describe']);
  });

  it('P03 a Create that never arrived is repeated, after looking', async () => {
    const life = new Simulation();
    life.provider.faults.push({
      method: 'create',
      when: 'before',
      error: contractError(Code.DEADLINE_EXCEEDED),
      times: 2,
    });
    await life.settle();
    expect(life.ready()).toBe('True Settled');
    expect(life.provider.calls).toEqual(['create', 'describe', 'create', 'describe', 'create', 'describe']);
    expect(life.provider.vms.size).toBe(1);
  });

  const otherCodes = Object.values(Code).filter((code): code is Code => typeof code === 'number' && code !== Code.OK);
  it.each(otherCodes.map((code) => ({ code, name: Code[code] })))(
    'P04 $name of Describe is no absence: no create',
    async ({ code }) => {
      const life = await readyVm({ spec: { vanishedPolicy: 'Recreate' } });
      life.inventory.touch(uid);
      life.provider.faults.push({
        method: 'describe',
        when: 'before',
        error: contractError(code, 'SOMETHING_ELSE'),
        times: 1e6,
      });
      await life.settle(3_600_000);
      expect(life.provider.calls.filter((call) => call !== 'describe')).toEqual([]);
      life.delete();
      await life.settle(3_600_000);
      expect(life.vm).toBeDefined();
    },
  );

  it.each(otherCodes.map((code) => ({ code, name: Code[code] })))(
    'P04 $name of Delete removes no finalizer',
    async ({ code }) => {
      const life = await readyVm();
      life.provider.faults.push({
        method: 'delete',
        when: 'before',
        error: contractError(code, code === Code.NOT_FOUND ? 'SOMETHING_ELSE' : undefined),
        times: 1e6,
      });
      life.delete();
      await life.settle(3_600_000);
      expect(life.vm).toBeDefined();
      expect(life.provider.vms.size).toBe(1);
      expect(life.provider.calls.length).toBeLessThan(140);
    },
  );

  it('P10 the provider is down for ten minutes: the object waits, and says for what; afterwards the VM is deleted', async () => {
    const life = await readyVm();
    life.view = aProvider({ unavailable: unreachable });
    life.inventory.lose('no answer', 0);
    life.delete();
    await life.settle();
    life.clock.advance(600_000);
    await life.settle();
    expect(life.provider.calls).toEqual([]);
    expect(life.vm).toBeDefined();
    expect(life.ready()).toBe('False ProviderUnreachable');
    life.view = aProvider();
    life.inventory.bookmark(false);
    await life.settle();
    expect(life.vm).toBeUndefined();
    expect(life.provider.calls).toEqual(['delete', 'describe']);
    expect(life.notes).toEqual(['ProviderUnreachable', 'Deleted']);
  });

  it('P11 a failed delete task keeps the finalizer', async () => {
    const life = await readyVm();
    const failed = contractError(Code.FAILED_PRECONDITION, Reason.WrongState);
    life.provider.faults.push({ method: 'delete', when: 'before', error: failed, times: 1 });
    life.delete();
    await life.reconcile();
    expect(life.vm).toBeDefined();
    expect(life.status.conditions?.find(({ type }) => type === 'Provisioned')?.reason).toBe('DeleteFailed');
    await life.settle();
    expect(life.vm).toBeUndefined();
  });

  it('P15 a person takes the responsibility', async () => {
    const life = await readyVm();
    life.view = aProvider({ unavailable: unreachable });
    life.delete();
    life.edit({ metadata: { annotations: { [Annotation.ForceDelete]: 'true' } } });
    await life.settle();
    expect([life.vm, life.notes]).toEqual([undefined, ['ForceDeleted']]);
  });

  it('P26 a failing task is recorded, cleared and repeated ever more seldom', async () => {
    const life = new Simulation();
    life.provider.slow = true;
    const times: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      await life.settle(59_000);
      times.push(life.clock.monotonicMs());
      life.provider.vms.clear();
      life.provider.tasks.set('t1', {
        ...life.provider.tasks.get('t1'),
        state: TaskState.FAILED,
        error: { code: Code.INTERNAL, reason: '', message: 'disk full' },
      } as never);
      for (const task of life.provider.tasks.values()) life.tasks.heard(task);
    }
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(gaps).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(life.notes).toContain('TaskFailed');
  });

  it('P29 a full hypervisor is asked slowly', async () => {
    const life = new Simulation();
    life.provider.faults.push({
      method: 'create',
      when: 'before',
      error: contractError(Code.RESOURCE_EXHAUSTED, Reason.OutOfCapacity),
      times: 1e6,
    });
    await life.settle(3_600_000);
    expect(life.ready()).toBe('False OutOfCapacity');
    expect(life.provider.calls.filter((call) => call === 'create').length).toBeLessThan(25);
  });

  it('a refused Create unbinds, stalls, and goes on when it is corrected', async () => {
    const life = new Simulation();
    life.provider.faults.push({
      method: 'create',
      when: 'before',
      error: contractError(Code.ALREADY_EXISTS, Reason.NameTaken),
      times: 1,
    });
    await life.settle(60_000);
    expect(life.ready()).toBe('False NameTaken');
    expect(life.status.binding).toBeUndefined();
    life.edit({ spec: { hypervisorName: 'another' } });
    await life.settle(60_000);
    expect(life.ready()).toBe('True Settled');
  });

  it('a change behind the back is seen and corrected', async () => {
    const life = await readyVm();
    life.provider.change(uid, { powerState: PowerState.OFF, cpus: 1 });
    life.stream();
    await life.settle(10_000);
    expect(life.provider.calls).toEqual(['reconfigure compute.cpus', 'describe', 'power ON', 'describe']);
    expect(life.notes).toEqual(['DriftCorrected', 'PoweredOn']);
    expect(life.ready()).toBe('True Settled');
  });

  it('P31 a provider that says "done" and lies is found out, once', async () => {
    const life = await readyVm();
    life.provider.lies = true;
    life.edit({ spec: { resources: { cpu: 4, memory: '2Gi' } } });
    await life.settle(60_000);
    expect(life.ready()).toBe('False ReconfigureFailed');
    expect(life.provider.calls).toEqual(['reconfigure compute.cpus', 'describe']);
    expect(life.status.resources?.cpu).toBe(2);
  });

  it('a vanished VM is reported; recreated only where its owner asked for that', async () => {
    const life = await readyVm();
    life.provider.vms.clear();
    life.stream();
    await life.settle(60_000);
    expect([life.ready(), life.provider.calls, life.notes]).toEqual([
      'False Vanished',
      ['describe'],
      ['Vanished', 'Stalled'],
    ]);
    life.edit({ spec: { vanishedPolicy: 'Recreate' } });
    await life.settle(60_000);
    expect(life.ready()).toBe('True Settled');
    expect(life.provider.calls).toEqual(['describe', 'create', 'describe']);
  });

  it('P25 a guest is asked every 15 s and powered off once, when its time is over', async () => {
    const life = await readyVm();
    life.edit({ spec: { powerState: 'OffGraceful', lifecycle: { gracefulShutdownTimeout: '40s' } } });
    await life.settle();
    expect(life.provider.calls.filter((call) => call !== 'describe')).toEqual([
      'power SHUTDOWN_GRACEFUL',
      'power SHUTDOWN_GRACEFUL',
      'power SHUTDOWN_GRACEFUL',
      'power OFF',
    ]);
    expect([life.ready(), life.status.shutdownDeadline, life.notes]).toEqual([
      'True Settled',
      undefined,
      ['ShutdownTimedOut'],
    ]);
  });

  it('P77 paused: nothing is sent, status still follows', async () => {
    const life = await readyVm();
    life.edit({ metadata: { annotations: { [Annotation.Paused]: 'true' } } });
    life.provider.change(uid, { powerState: PowerState.OFF });
    life.stream();
    await life.settle();
    expect(life.provider.calls).toEqual([]);
    expect(life.status.powerState).toBe('Off');
  });

  it('what is only out of sight is not said at once', async () => {
    const life = await readyVm();
    life.inventory.lose('no answer', life.clock.epochMs());
    life.view = aProvider({ unavailable: { ...unreachable, sinceMs: life.clock.epochMs() } });
    await life.settle(39_000);
    expect([life.writes, life.ready()]).toEqual([0, 'True Settled']);
    await life.settle(41_000);
    expect([life.writes, life.ready()]).toEqual([1, 'False ProviderUnreachable']);
    expect(life.status.powerState).toBe('On');
  });

  it('P78 a restart token reboots once', async () => {
    const life = await readyVm();
    life.edit({ metadata: { annotations: { [Annotation.Restart]: 'a' } } });
    await life.settle();
    await life.settle();
    expect(life.provider.calls).toEqual(['power REBOOT', 'describe']);
    expect(life.status.handledRestart).toBe('a');
  });

  it('reconcile-now looks at once, and is echoed', async () => {
    const life = await readyVm();
    life.edit({ metadata: { annotations: { [Annotation.ReconcileNow]: '1' } } });
    await life.settle();
    expect([life.provider.calls, life.status.handledReconcileNow]).toEqual([['describe'], '1']);
  });

  it('Retain releases the stamp and leaves the machine', async () => {
    const life = await readyVm({ spec: { deletionPolicy: 'Retain' } });
    life.delete();
    await life.settle();
    expect([life.vm, life.notes]).toEqual([undefined, ['Released']]);
  });
});
