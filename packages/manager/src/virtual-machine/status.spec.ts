import { describe, expect, it } from '@jest/globals';
import { Annotation, reasonTraits, type ConditionTypeOf, type ReasonOf } from '@virtrigaud/api-types';
import {
  Connection,
  GuestAgentState,
  Lifecycle,
  PowerOp,
  PowerReason,
  PowerState,
} from '@virtrigaud/grpc-contract/client';
import fc from 'fast-check';
import {
  aFailure,
  anAttempt,
  anObservation,
  aProvider,
  aState,
  aTask,
  binding,
  now,
  uid,
  unreachable,
  type ObservedParts,
} from '../testing/builders.ts';
import { operationId } from './desired/identity.ts';
import { observedStatus } from './observed-status.ts';
import type { Observed } from './observed.ts';
import { planVirtualMachine } from './plan.ts';
import { conditionOf, projectStatus } from './status.ts';

const statusOf = (parts: ObservedParts = {}) => {
  const seen = anObservation(parts);
  return projectStatus(seen, planVirtualMachine(seen));
};
const reasons = (parts: ObservedParts) =>
  Object.fromEntries(
    (statusOf(parts).conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );
const present = (change: Parameters<typeof aState>[0]) => ({ kind: 'Present', vm: aState(change) }) as const;

describe('projectStatus', () => {
  const shutdownDeadline = '2026-01-02T03:05:00Z';
  const asked = { status: { binding, id: 'vm-1', shutdownDeadline }, spec: { powerState: 'OffGraceful' } };
  const hardOff = operationId('power', uid, PowerOp.OFF);
  it.each<{ because: string; given: ObservedParts; expected: string | undefined }>([
    {
      because: 'a Provider out of sight gives the guest no more time',
      given: { ...asked, change: { named: aProvider({ unavailable: unreachable }) } },
      expected: shutdownDeadline,
    },
    {
      because: 'a power-off that failed does not ask the guest anew',
      given: {
        ...asked,
        status: { ...asked.status, shutdownDeadline: '2026-01-02T03:00:00Z' },
        remembered: { attempts: { Power: anAttempt({ operationId: hardOff }) } },
      },
      expected: '2026-01-02T03:00:00Z',
    },
    {
      because: 'a task that shuts it down runs',
      given: { ...asked, change: { task: { kind: 'Running', task: aTask({ kind: 'Power' }) } } },
      expected: shutdownDeadline,
    },
    {
      because: 'it is off',
      given: { ...asked, change: { remote: present({ powerState: PowerState.OFF }) } },
      expected: undefined,
    },
    { because: 'nobody wants it off any more', given: { ...asked, spec: {} }, expected: undefined },
  ])('P25 keeps the deadline of a shutdown: $because', ({ given, expected }) => {
    expect(statusOf(given).shutdownDeadline).toBe(expected);
  });

  it('what the provider takes only while it is off is not reached yet: under Report it is still newer then', () => {
    const before = { generation: 1, hash: 'of before' };
    const waiting: ObservedParts = {
      spec: { driftPolicy: 'Report', resources: { cpu: 4, memory: '2Gi' } },
      metadata: { generation: 2 },
      status: { binding, id: 'vm-1', applied: before },
      remembered: { refusedOnline: ['compute.cpus'] },
    };
    expect(reasons(waiting)).toMatchObject({
      Ready: 'True Settled',
      ConfigurationApplied: 'False RestartRequired',
    });
    expect(statusOf(waiting).applied).toEqual(before);
  });

  it('says that all is as wanted', () => {
    expect(reasons({})).toEqual({
      Ready: 'True Settled',
      ConfigurationApplied: 'True Applied',
      PowerStateReached: 'True Reached',
      ProviderAvailable: 'True Available',
      Provisioned: 'True Created',
    });
    expect(statusOf()).toMatchObject({
      phase: 'Running',
      id: 'vm-1',
      powerState: 'On',
      applied: { generation: 1 },
      observedGeneration: 1,
    });
  });

  it.each([
    {
      because: 'the Provider is out of reach',
      given: { change: { named: aProvider({ unavailable: unreachable }) } },
      ready: 'False ProviderUnreachable',
      also: 'Reconciling',
    },
    {
      because: 'the contract does not fit',
      given: { change: { named: aProvider({ unavailable: { ...unreachable, reason: 'ContractIncompatible' } }) } },
      ready: 'False ContractIncompatible',
      also: 'Stalled',
    },
    {
      because: 'it is being made',
      given: { status: { binding }, change: { remote: present({ lifecycle: Lifecycle.CREATING }) } },
      ready: 'False Creating',
      also: 'Reconciling',
    },
    {
      because: 'it is gone',
      given: { change: { remote: { kind: 'Absent', by: 'Describe' } } },
      ready: 'False Vanished',
      also: 'Stalled',
    },
    {
      because: 'its host is away',
      given: { change: { remote: present({ connection: Connection.DISCONNECTED }) } },
      ready: 'False HypervisorWaits',
      also: 'Reconciling',
    },
    {
      because: 'it is off',
      given: { change: { remote: present({ powerState: PowerState.OFF }) } },
      ready: 'False PoweringOn',
      also: 'Reconciling',
    },
    {
      because: 'it has crashed',
      given: { change: { remote: present({ powerState: PowerState.CRASHED }) } },
      ready: 'False Crashed',
      also: 'Reconciling',
    },
    {
      because: 'the hypervisor has suspended it',
      given: { change: { remote: present({ powerState: PowerState.SUSPENDED, powerReason: PowerReason.IO_ERROR }) } },
      ready: 'False SuspendedByHypervisor',
      also: 'Reconciling',
    },
    {
      because: 'its hardware differs',
      given: { change: { remote: present({ cpus: 1 }) } },
      ready: 'False Reconfiguring',
      also: 'Reconciling',
    },
    {
      because: 'a disk would have to shrink',
      given: {
        spec: { rootDisk: { size: '1Gi' } },
        change: { remote: present({ disks: [{ name: 'root', root: true, sizeBytes: 2n ** 31n }] }) },
      },
      ready: 'False DiskShrinkRefused',
      also: 'Stalled',
    },
    {
      because: 'no guest can be asked',
      given: { spec: { powerState: 'OffGraceful' }, change: { named: aProvider({ capabilities: new Set() }) } },
      ready: 'False CapabilityMissing',
      also: 'Stalled',
    },
    {
      because: 'the power call fails',
      given: {
        change: { remote: present({ powerState: PowerState.OFF }) },
        remembered: { attempts: { Power: anAttempt({ failure: aFailure({ call: 'Power', class: 'blocked' }) }) } },
      },
      ready: 'False PowerFailed',
      also: 'Reconciling',
    },
    {
      because: 'two carriers bear its stamp',
      given: {
        change: { remote: { kind: 'Unknown', why: 'SecondCarrier', last: undefined } },
        remembered: {
          attempts: {
            Describe: anAttempt({ failure: aFailure({ class: 'rejected', code: 9, reason: 'DUPLICATE_OWNER' }) }),
          },
        },
      },
      ready: 'False DuplicateOwner',
      also: 'Stalled',
    },
    {
      because: 'the object is bad',
      given: { change: { invalid: 'spec.cpu: bad' } },
      ready: 'False InvalidSpec',
      also: 'Stalled',
    },
    {
      because: 'it is being deleted',
      given: { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
      ready: 'False Deleting',
      also: 'Reconciling',
    },
  ] as const satisfies readonly { because: string; given: ObservedParts; ready: string; also: string }[])(
    'Ready is $ready, and $also, because $because',
    ({ given, ready, also }) => {
      expect(reasons(given)).toMatchObject({ Ready: ready, [also]: `True ${ready.split(' ')[1] ?? ''}` });
    },
  );

  it.each([
    {
      because: 'the owner has chosen Report',
      given: {
        spec: { driftPolicy: 'Report' },
        status: { binding, id: 'vm-1', applied: { generation: 1, hash: anObservation().wanted.hash ?? '' } },
        change: { remote: present({ cpus: 1 }) },
      },
      reason: 'False DriftDetected',
    },
    {
      because: 'the owner has chosen Never',
      given: { spec: { updatePolicy: 'Never' }, change: { remote: present({ cpus: 1 }) } },
      reason: 'False UpdateHeldBack',
    },
    {
      because: 'the rest waits for the next power-off',
      given: {
        change: {
          remote: present({ cpus: 1, restartRequired: [{ field: 'compute.cpus', live: '1', configured: '2' }] }),
        },
      },
      reason: 'False RestartRequired',
    },
  ] as const satisfies readonly { because: string; given: ObservedParts; reason: string }[])(
    "a person's choice does not hold back Ready: $because",
    ({ given, reason }) => {
      expect(reasons(given)).toMatchObject({ Ready: 'True Settled', ConfigurationApplied: reason });
    },
  );

  it('P24 keeps times of transition, and says nothing that ticks', () => {
    const first = statusOf();
    const later = anObservation({ status: first, change: { nowMs: now + 3_600_000, monotonicMs: 3_601_000 } });
    expect(projectStatus(later, planVirtualMachine(later))).toEqual(first);
  });

  it('keeps what was said of a VM that is out of sight after a start of the manager', () => {
    const before = statusOf();
    const given = {
      status: before,
      change: {
        remote: { kind: 'Unknown', why: 'NotListed', last: undefined },
        named: aProvider({ unavailable: unreachable }),
      },
    } as const;
    expect(statusOf(given)).toMatchObject({
      id: 'vm-1',
      powerState: 'On',
      phase: 'Running',
      resources: { cpu: 2, memory: '2Gi' },
    });
    expect(reasons(given)).toMatchObject({ PowerStateReached: 'True Reached', Ready: 'False ProviderUnreachable' });
  });

  it('shows Paused', () => {
    expect(reasons({ metadata: { annotations: { [Annotation.Paused]: 'true' } } })).toMatchObject({
      Paused: 'True PausedByAnnotation',
    });
  });

  it('P33 is a pure projection, consistent for kstatus, with reasons of the table only', () => {
    fc.assert(
      fc.property(anyObservation(), (seen) => {
        const step = planVirtualMachine(seen);
        const status = projectStatus(seen, step);
        expect(projectStatus(structuredClone(seen), structuredClone(step))).toEqual(status);
        const ready = conditionOf(status, 'Ready');
        const [reconciling, stalled] = [conditionOf(status, 'Reconciling'), conditionOf(status, 'Stalled')];
        expect(
          [ready?.status === 'True', reconciling !== undefined, stalled !== undefined].filter(Boolean),
        ).toHaveLength(1);
        expect(ready?.status === 'True' && (seen.invalid !== undefined || seen.named.unavailable !== undefined)).toBe(
          false,
        );
        const facets = (status.conditions ?? []).filter(({ type }) => type in facetTypes);
        for (const { type, status: said, reason } of facets) {
          const known = type as ConditionTypeOf<'VirtualMachine'>;
          expect(reasonTraits('VirtualMachine', known, reason as ReasonOf<'VirtualMachine', typeof known>).status).toBe(
            said,
          );
        }
        // What was written and is read again changes nothing: no write at rest.
        const again = { ...seen, vm: { ...seen.vm, status } };
        const conditions = projectStatus(again, planVirtualMachine(again)).conditions;
        expect(projectStatus({ ...again, nowMs: now + 1e6 }, planVirtualMachine(again)).conditions).toEqual(conditions);
      }),
      { numRuns: 300 },
    );
  });
});

const facetTypes = { ProviderAvailable: 1, Provisioned: 1, PowerStateReached: 1, ConfigurationApplied: 1 };

function anyObservation(): fc.Arbitrary<Observed> {
  const state = fc.record({
    lifecycle: fc.constantFrom(...Object.values(Lifecycle)),
    connection: fc.constantFrom(...Object.values(Connection)),
    powerState: fc.constantFrom(...Object.values(PowerState)),
    powerReason: fc.constantFrom(...Object.values(PowerReason)),
    cpus: fc.integer({ min: 1, max: 3 }),
    question: fc.constantFrom('', 'sure?'),
    transitioning: fc.boolean(),
  });
  const remote = fc.oneof(
    state.map((vm) => ({ kind: 'Present', vm: aState(vm) }) as const),
    fc.constantFrom({ kind: 'Absent', by: 'Describe' } as const, { kind: 'Absent', by: 'List' } as const),
    fc
      .option(state, { nil: undefined })
      .map((last) => ({ kind: 'Unknown', why: 'Touched', last: last && aState(last) }) as const),
  );
  const attempt = fc.option(
    fc
      .constantFrom('unknown-outcome', 'blocked', 'rejected', 'in-progress')
      .map((kind) => anAttempt({ failure: aFailure({ class: kind as 'blocked' }) })),
    { nil: undefined },
  );
  return fc
    .record({
      remote,
      attempts: fc.record({
        Create: attempt,
        Describe: attempt,
        Power: attempt,
        Reconfigure: attempt,
        Delete: attempt,
      }),
      power: fc.constantFrom('On', 'Off', 'OffGraceful'),
      drift: fc.constantFrom('Correct', 'Report'),
      update: fc.constantFrom('Online', 'PowerCycle', 'Never'),
      bound: fc.constantFrom({}, { binding }, { binding, id: 'vm-1' }),
      deleting: fc.boolean(),
      invalid: fc.constantFrom(undefined, undefined, undefined, 'spec.cpu: bad'),
      unavailable: fc.constantFrom(undefined, undefined, unreachable),
      granted: fc.boolean(),
    })
    .map(({ remote: seen, attempts, power, drift, update, bound, deleting, invalid, unavailable, granted }) =>
      anObservation({
        spec: { powerState: power, driftPolicy: drift, updatePolicy: update },
        status: bound,
        metadata: deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {},
        remembered: { attempts: Object.fromEntries(Object.entries(attempts).filter(([, each]) => each !== undefined)) },
        change: {
          remote: 'binding' in bound ? seen : { kind: 'Unknown', why: 'NotListed', last: undefined },
          invalid,
          named: aProvider({ unavailable, granted }),
        },
      }),
    );
}

describe('observedStatus', () => {
  it('sorts, de-duplicates and leaves out what is empty', () => {
    const status = observedStatus(
      aState({
        guestAgent: GuestAgentState.CONNECTED,
        disks: [
          { name: 'data', sizeBytes: 3n * 2n ** 30n },
          { name: 'old', detached: true },
          { name: 'root', root: true, sizeBytes: 2n ** 31n, format: 'qcow2' },
        ],
        nics: [
          { name: 'a', mac: 'm1', network: 'n', addresses: ['10.0.0.1', '10.0.0.1'] },
          { name: 'b', addresses: [] },
        ],
        restartRequired: [
          { field: 'memoryBytes', live: String(2 ** 30), configured: String(2 ** 31) },
          { field: 'cpus', live: '1', configured: '2' },
        ],
      }),
    );
    expect(status).toEqual({
      powerState: 'On',
      resources: { cpu: 2, memory: '2Gi' },
      ips: ['10.0.0.1'],
      guestAgent: 'Connected',
      disks: [
        { name: 'root', size: '2Gi', format: 'qcow2', root: true },
        { name: 'data', size: '3Gi' },
      ],
      nics: [{ name: 'a', mac: 'm1', network: 'n', addresses: ['10.0.0.1'] }, { name: 'b' }],
      restartRequired: [
        { field: 'spec.resources.cpu', live: '1', configured: '2' },
        { field: 'spec.resources.memory', live: '1Gi', configured: '2Gi' },
      ],
    });
  });
});
