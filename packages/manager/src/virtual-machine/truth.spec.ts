import { describe, expect, it } from '@jest/globals';
import { Annotation } from '@virtrigaud/api-types';
import { Code, Firmware, Lifecycle, PowerState, Reason, TaskState } from '@virtrigaud/grpc-contract/client';
import { Inventory } from '../inventory/inventory.ts';
import {
  aFailure,
  anAttempt,
  anObservation,
  aProvider,
  aState,
  binding,
  uid,
  type ObservedParts,
} from '../testing/builders.ts';
import { contractError } from '../testing/scripted-provider.ts';
import { Simulation } from '../testing/simulation.ts';
import { VmMemory } from './memory.ts';
import { planVirtualMachine } from './plan.ts';
import { conditionOf, projectStatus } from './status.ts';

const absent = { kind: 'Absent', by: 'Describe' } as const;
const present = (change: Parameters<typeof aState>[0]) => ({ kind: 'Present', vm: aState(change) }) as const;
const { hypervisorID: _unknown, ...boundBlindly } = binding;
const deleting = { deletionTimestamp: '2026-01-02T03:00:00Z' };
const accepted = aProvider({ hypervisorId: 'hv-2', acceptedHypervisorId: 'hv-2' });
const planned = (parts: ObservedParts) => planVirtualMachine(anObservation(parts));
const statusOf = (parts: ObservedParts) => {
  const seen = anObservation(parts);
  return projectStatus(seen, planVirtualMachine(seen));
};
const said = (parts: ObservedParts, type: string) => {
  const condition = conditionOf(statusOf(parts), type);
  return `${condition?.reason ?? ''}: ${condition?.message ?? ''}`;
};

describe('which hypervisor a machine is on', () => {
  it.each<{ because: string; given: ObservedParts; expected: string }>([
    {
      because: 'it was bound before anybody knew the id: that is written, and no other hypervisor',
      given: { status: { binding: boundBlindly, id: 'vm-1' } },
      expected: 'Rebind',
    },
    {
      because: 'also where it is not made yet',
      given: { status: { binding: boundBlindly }, change: { remote: absent } },
      expected: 'Rebind',
    },
    {
      because: 'another Provider of the name is not known to be the same',
      given: { status: { binding: { ...boundBlindly, providerUID: 'another' }, id: 'vm-1' } },
      expected: 'ProviderMismatch',
    },
    {
      because: 'deleted and found at a hypervisor that a person has accepted: first it is bound there',
      given: { metadata: deleting, change: { named: accepted } },
      expected: 'Rebind',
    },
    {
      because: 'P11 deleted and not found at a hypervisor that a person has accepted: it may exist where it was made',
      given: { metadata: deleting, change: { named: accepted, remote: absent } },
      expected: 'ProviderMismatch',
    },
    {
      because: 'P11 not even after a Delete there',
      given: { metadata: deleting, change: { named: accepted, remote: absent }, remembered: { deleteDone: true } },
      expected: 'ProviderMismatch',
    },
  ])('$expected: $because', ({ given, expected }) => {
    expect(planned(given).kind).toBe(expected);
  });

  it('the way out of a deletion that cannot be proved is named', () => {
    const given = { metadata: deleting, change: { named: accepted, remote: absent } };
    expect(said(given, 'Ready')).toMatch(/^ProviderMismatch: .*proves nothing.*force-delete/);
  });

  it('a binding keeps its generation when it moves', async () => {
    const life = new Simulation();
    await life.settle();
    life.edit({ spec: { tags: ['a'] } });
    life.view = aProvider({ uid: 'provider-uid-2' });
    await life.settle();
    expect(life.status.binding).toMatchObject({ providerUID: 'provider-uid-2', generation: 1 });
  });
});

describe('what is settled when a machine is made', () => {
  const firmware = (wanted: Firmware): ObservedParts => {
    const seen = anObservation();
    const spec = seen.wanted.spec && {
      ...seen.wanted.spec,
      compute: seen.wanted.spec.compute && { ...seen.wanted.spec.compute, firmware: wanted },
    };
    return { change: { wanted: { ...seen.wanted, spec }, remote: present({ firmware: Firmware.BIOS }) } };
  };

  it('a class with another firmware is said, and nothing is sent', () => {
    const given = firmware(Firmware.UEFI);
    expect(planned(given).kind).toBe('Settled');
    expect(said(given, 'ConfigurationApplied')).toMatch(/^CapabilityMissing: compute.firmware is BIOS, wanted UEFI/);
    expect(conditionOf(statusOf(given), 'Ready')?.status).toBe('False');
  });

  it('a class that leaves the firmware open, or has the same, wants nothing', () => {
    for (const wanted of [Firmware.UNSPECIFIED, Firmware.BIOS])
      expect(said(firmware(wanted), 'ConfigurationApplied')).toMatch(/^Applied/);
  });
});

describe('updatePolicy Never and driftPolicy Report', () => {
  const spec = { updatePolicy: 'Never', driftPolicy: 'Report' };
  const { hash = '' } = anObservation({ spec }).wanted;
  const fewer = { remote: present({ cpus: 1 }) };

  it('what drifts is said at once', () => {
    const given = { spec, status: { binding, id: 'vm-1', applied: { generation: 1, hash } }, change: fewer };
    expect(said(given, 'ConfigurationApplied')).toMatch(/^DriftDetected/);
  });

  it('an edit that is held back is not called reached, so that it is never taken for drift', () => {
    const before = { generation: 1, hash: 'of before' };
    const given = { spec, status: { binding, id: 'vm-1', applied: before }, change: fewer };
    expect(said(given, 'ConfigurationApplied')).toMatch(/^UpdateHeldBack/);
    expect(statusOf(given).applied).toEqual(before);
  });
});

describe('power that is a task', () => {
  async function slow(): Promise<Simulation> {
    const life = new Simulation();
    await life.settle();
    life.notes.length = 0;
    life.provider.slowPower = true;
    return life;
  }
  const finish = async (life: Simulation, state?: TaskState) => {
    life.provider.finishTasks(state);
    for (const task of life.provider.tasks.values()) life.tasks.heard(task);
    await life.settle(50_000);
  };

  it('is told when it ends, once', async () => {
    const life = await slow();
    life.edit({ spec: { powerState: 'Off' } });
    await life.settle(50_000);
    expect(life.notes).toEqual([]);
    await finish(life);
    life.edit({ spec: { powerState: 'On' } });
    await life.settle(50_000);
    await finish(life);
    expect(life.notes).toEqual(['PoweredOff', 'PoweredOn']);
    expect(life.ready()).toBe('True Settled');
  });

  it('says that the guest did not shut down in time', async () => {
    const life = await slow();
    life.provider.slowPower = false;
    life.edit({ spec: { powerState: 'OffGraceful', lifecycle: { gracefulShutdownTimeout: '20s' } } });
    await life.settle(15_000);
    life.provider.slowPower = true;
    await life.settle(50_000);
    await finish(life);
    expect(life.notes).toEqual(['ShutdownTimedOut']);
  });

  it('P78 a reboot that is a task happens once, and its token is handled', async () => {
    const life = await slow();
    life.edit({ metadata: { annotations: { [Annotation.Restart]: 'a' } } });
    await life.settle(50_000);
    await finish(life);
    expect(life.notes).toEqual(['Rebooted']);
    expect(life.status.handledRestart).toBe('a');
    await life.settle();
    expect(life.provider.calls.filter((call) => call === 'power REBOOT')).toHaveLength(1);
  });

  it('P26 a reboot whose task fails is tried ever more seldom', async () => {
    const life = await slow();
    life.edit({ metadata: { annotations: { [Annotation.Restart]: 'a' } } });
    await life.settle(50_000);
    const before = life.provider.calls.length;
    life.provider.finishTasks(TaskState.FAILED);
    for (const task of life.provider.tasks.values()) life.tasks.heard(task);
    await life.reconcile();
    expect(life.notes).toEqual(['TaskFailed']);
    expect(life.provider.calls.slice(before).filter((call) => call === 'power REBOOT')).toEqual([]);
  });
});

describe('a name that becomes free', () => {
  it('wakes whoever was refused it, and nobody else', () => {
    const memory = new VmMemory();
    const failure = aFailure({ class: 'rejected', code: Code.ALREADY_EXISTS, reason: Reason.NameTaken });
    memory.failed(anObservation(), 'Create', { operationId: 'create-1', failure });
    expect(memory.nameFreed('shop.other')).toEqual([]);
    expect(memory.get(uid).attempts.Create).toBeDefined();
    expect(memory.nameFreed('shop.web')).toEqual(['shop/web']);
    expect(memory.get(uid).attempts.Create).toBeUndefined();
    expect(memory.nameFreed('shop.web')).toEqual([]);
  });

  it('is told by the inventory however it became free', () => {
    const freed: string[] = [];
    const listener = { changed: () => undefined, healthChanged: () => undefined, confirmed: () => undefined };
    const inventory = new Inventory({ ...listener, nameFreed: (name) => freed.push(name) });
    inventory.upsert(aState());
    inventory.bookmark(true);
    expect(freed).toEqual([]);
    inventory.upsert(aState({ name: 'renamed', revision: 'r2' }));
    inventory.gone({ id: 'vm-1', owner: aState().owner });
    inventory.described(inventory.describing(uid), undefined);
    expect(freed).toEqual(['shop.web', 'renamed', 'renamed']);
  });
});

describe('an image that is gone where it is believed to be', () => {
  it('is looked for anew when a machine misses it', async () => {
    const life = new Simulation();
    const error = contractError(Code.FAILED_PRECONDITION, Reason.DependencyMissing);
    life.provider.faults.push({ method: 'create', when: 'before', error, times: 1 });
    await life.settle();
    expect(life.trace.filter((line) => line === 'image doubted')).toHaveLength(1);
    expect(life.ready()).toBe('True Settled');
  });

  it('is not doubted for what has nothing to do with it', async () => {
    const life = new Simulation();
    const error = contractError(Code.RESOURCE_EXHAUSTED, Reason.OutOfCapacity);
    life.provider.faults.push({ method: 'create', when: 'before', error, times: 1 });
    await life.settle();
    expect(life.trace).not.toContain('image doubted');
  });
});

describe('a namespace that goes with the Provider in it', () => {
  const gone = aProvider({
    uid: '',
    unavailable: { reason: 'ProviderNotFound', message: 'does not exist; create it', sinceMs: 0 },
  });
  const terminating = (named = gone): ObservedParts => ({
    metadata: deleting,
    change: { named, namespaceTerminating: true },
  });

  it('P15 names the way out', () => {
    for (const type of ['Provisioned', 'Ready'])
      expect(said(terminating(), type)).toMatch(/^NamespaceTerminating: namespace shop .*force-delete/);
  });

  it('says nothing of it while the Provider can be asked', () => {
    expect(said(terminating(aProvider({ deleting: true })), 'Provisioned')).toMatch(/^Deleting/);
  });

  it('says nothing of it where no namespace goes', () => {
    const given = { metadata: deleting, change: { named: gone } };
    expect(said(given, 'Ready')).toMatch(/^ProviderNotFound/);
  });
});

describe('P15 a deletion that waits', () => {
  it('says which call it waits for, and since when', () => {
    const sinceMs = Date.parse('2026-01-02T03:00:00Z');
    const message = 'since 2026-01-02T03:00:00Z: the hypervisor does not answer';
    const named = aProvider({ unavailable: { reason: 'InventoryStale', message, sinceMs } });
    expect(said({ metadata: deleting, change: { named } }, 'Ready')).toBe(
      `InventoryStale: Provider shop/lab: ${message}`,
    );
    const failure = aFailure({ call: 'Delete', message: 'the datastore is read-only' });
    const refused = { metadata: deleting, remembered: { attempts: { Delete: anAttempt({ failure }) } } };
    expect(said(refused, 'Ready')).toBe('DeleteFailed: Delete: the datastore is read-only');
  });
});

describe('P36 what only creation needs', () => {
  const missing = { reason: 'WaitingForDependency', message: 'VMClass shop/big does not exist; create it' } as const;
  const without: ObservedParts['change'] = {
    wanted: { spec: undefined, hash: undefined, creation: undefined, problem: missing, notGranted: undefined },
  };

  it.each<{ because: string; given: ObservedParts; expected: string }>([
    { because: 'it runs on', given: { change: without }, expected: 'Settled' },
    {
      because: 'it is powered off as asked',
      given: { spec: { powerState: 'Off' }, change: without },
      expected: 'Power',
    },
    {
      because: 'it is powered on as asked',
      given: { change: { ...without, remote: present({ powerState: PowerState.OFF }) } },
      expected: 'Power',
    },
    { because: 'it is deleted', given: { metadata: deleting, change: without }, expected: 'Delete' },
    {
      because: 'half of it waits: only its creation needs the class',
      given: { status: { binding }, change: { ...without, remote: present({ lifecycle: Lifecycle.CREATING }) } },
      expected: 'WaitForDependency',
    },
  ])('the class of a running machine is deleted: $because', ({ given, expected }) => {
    expect(planned(given).kind).toBe(expected);
  });
});
