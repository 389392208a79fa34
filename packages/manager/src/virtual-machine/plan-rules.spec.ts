import { describe, expect, it } from '@jest/globals';
import { Annotation } from '@virtrigaud/api-types';
import { Lifecycle, PowerOp, PowerState } from '@virtrigaud/grpc-contract/client';
import {
  aFailure,
  anAttempt,
  anObservation,
  aProvider,
  aState,
  binding,
  type ObservedParts,
} from '../testing/builders.ts';
import { createOperationId } from './plan-creation.ts';
import type { Observed } from './observed.ts';
import { planVirtualMachine } from './plan.ts';

const absent = { kind: 'Absent', by: 'Describe' } as const;
const present = (change: Parameters<typeof aState>[0]) => ({ kind: 'Present', vm: aState(change) }) as const;
const unboundVm: ObservedParts = {
  status: {},
  change: { remote: { kind: 'Unknown', why: 'NotListed', last: undefined } },
};
const neverReady: ObservedParts = { status: { binding } };
const settledHash = { generation: 1, hash: anObservation().wanted.hash ?? '' };

describe('planVirtualMachine, rule by rule', () => {
  it('row 14: what is missing holds back creation only (P36)', () => {
    const problem = { reason: 'WaitingForDependency', message: 'VMClass shop/small does not exist' } as const;
    const wanted = { spec: undefined, hash: undefined, creation: undefined, problem, notGranted: undefined };
    expect(planVirtualMachine(anObservation({ ...unboundVm, change: { ...unboundVm.change, wanted } })).kind).toBe(
      'WaitForDependency',
    );
    expect(planVirtualMachine(anObservation({ change: { wanted } })).kind).toBe('Settled');
    const off = { change: { wanted, remote: present({ powerState: PowerState.OFF }) } };
    expect(planVirtualMachine(anObservation(off)).kind).toBe('Power');
  });

  describe('row 16: creation', () => {
    const bound = anObservation({ ...neverReady, change: { remote: { kind: 'Absent', by: 'List' } } });
    const id = createOperationId(bound) ?? '';
    const refused = { Create: anAttempt({ operationId: id, failure: aFailure({ class: 'rejected', code: 6 }) }) };

    it('creates what is absent where it is bound', () => {
      expect(planVirtualMachine(bound)).toEqual({ kind: 'Create', operationId: id });
    });

    it('resumes a half-made one', () => {
      const half = anObservation({
        ...neverReady,
        change: { remote: present({ lifecycle: Lifecycle.CREATING, powerState: PowerState.UNSPECIFIED }) },
      });
      expect(planVirtualMachine(half)).toEqual({ kind: 'Create', operationId: id });
    });

    it('unbinds what was refused and is confirmed absent, and does not bind it again unchanged', () => {
      expect(
        planVirtualMachine(
          anObservation({ ...neverReady, change: { remote: absent }, remembered: { attempts: refused } }),
        ).kind,
      ).toBe('Unbind');
      expect(planVirtualMachine(anObservation({ ...unboundVm, remembered: { attempts: refused } }))).toEqual({
        kind: 'Stalled',
        verb: 'Create',
      });
      const edited = {
        ...unboundVm,
        spec: { resources: { cpu: 1, memory: '1Gi' } },
        remembered: { attempts: refused },
      };
      expect(planVirtualMachine(anObservation(edited)).kind).toBe('Bind');
    });

    it('P02 does not unbind while a Create that got no answer may still make it', () => {
      const edited = { ...neverReady, metadata: { generation: 2 }, change: { remote: absent } };
      const plan = (createUntilMs: number | undefined) =>
        planVirtualMachine(anObservation({ ...edited, remembered: { createUntilMs } }));
      expect(plan(9_000)).toEqual({ kind: 'WaitForAbsence', untilMonotonicMs: 9_000 });
      expect(plan(1_000)).toEqual({ kind: 'Describe', at: 'Bound' });
      expect(plan(undefined)).toEqual({ kind: 'Unbind' });
    });

    it('takes what was moved before it was made to where it is wanted, on the word of the hypervisor alone', () => {
      const moved = { named: aProvider({ name: 'other', uid: 'u2', hypervisorId: 'hv-2' }), bound: aProvider() };
      const plan = (change: Partial<Observed>, remembered = {}) =>
        planVirtualMachine(anObservation({ ...neverReady, change: { ...moved, ...change }, remembered }));
      expect(plan({ remote: absent })).toEqual({ kind: 'Unbind' });
      expect(plan({ remote: { kind: 'Absent', by: 'List' } })).toEqual({ kind: 'Describe', at: 'Bound' });
      expect(plan({ remote: absent }, { createUntilMs: 9_000 }).kind).toBe('WaitForAbsence');
      expect(plan({ remote: absent, bound: aProvider({ shrunk: 'many' }) })).toEqual({ kind: 'WaitForProvider' });
      const half = present({ lifecycle: Lifecycle.CREATING, powerState: PowerState.UNSPECIFIED });
      expect(plan({ remote: half })).toEqual({ kind: 'ProviderMismatch' });
      const wasReady = anObservation({ change: { ...moved, remote: absent } });
      expect(planVirtualMachine(wasReady)).toEqual({ kind: 'ProviderMismatch' });
    });

    it('tries a refusal again when the provider has changed', () => {
      const upgraded = { ...unboundVm.change, named: aProvider({ fingerprint: 'v2' }) };
      expect(
        planVirtualMachine(anObservation({ ...unboundVm, change: upgraded, remembered: { attempts: refused } })).kind,
      ).toBe('Bind');
    });

    it('backs off after an unknown outcome', () => {
      const lost = { Create: anAttempt({ operationId: id }) };
      expect(
        planVirtualMachine(anObservation({ ...neverReady, change: { remote: absent }, remembered: { attempts: lost } }))
          .kind,
      ).toBe('BackOff');
    });

    it('recreates only on the latest word of the hypervisor', () => {
      const spec = { vanishedPolicy: 'Recreate' };
      expect(planVirtualMachine(anObservation({ spec, change: { remote: absent } })).kind).toBe('Create');
      expect(planVirtualMachine(anObservation({ spec, change: { remote: { kind: 'Absent', by: 'List' } } })).kind).toBe(
        'Describe',
      );
    });

    it('takes over, and never creates, under the annotation', () => {
      const metadata = { annotations: { [Annotation.TakeOver]: 'old-uid' } };
      expect(
        planVirtualMachine(
          anObservation({
            status: { binding: { ...binding, takeOver: 'old-uid' } },
            metadata,
            change: { remote: { kind: 'Absent', by: 'List' } },
          }),
        ),
      ).toMatchObject({ kind: 'Adopt', ownerUid: 'old-uid' });
    });
  });

  describe('row 19: hardware', () => {
    const fewer = { change: { remote: present({ cpus: 1 }) } };

    it('P31 sends what differs, and only that', () => {
      const step = planVirtualMachine(anObservation(fewer));
      expect(step).toMatchObject({
        kind: 'Reconfigure',
        differences: [{ path: 'compute.cpus', wanted: '2', found: '1' }],
      });
    });

    it('does not send again what was reported done and still differs', () => {
      const seen = anObservation(fewer);
      const remembered = { reconfigured: { hash: seen.wanted.hash ?? '', paths: 'compute.cpus' } };
      expect(planVirtualMachine(anObservation({ ...fewer, remembered })).kind).toBe('Settled');
    });

    it('leaves hardware alone under Never, and drift under Report', () => {
      expect(planVirtualMachine(anObservation({ ...fewer, spec: { updatePolicy: 'Never' } })).kind).toBe('Settled');
      const status = { binding, id: 'vm-1', applied: settledHash };
      expect(planVirtualMachine(anObservation({ ...fewer, status, spec: { driftPolicy: 'Report' } })).kind).toBe(
        'Settled',
      );
    });

    it('power-cycles for an edit of the VM itself', () => {
      const drift = { restartRequired: [{ field: 'cpus', live: '1', configured: '2' }], cpus: 1 };
      const given = {
        spec: { updatePolicy: 'PowerCycle' },
        metadata: { generation: 2 },
        status: { binding, id: 'vm-1', applied: settledHash },
      };
      expect(planVirtualMachine(anObservation({ ...given, change: { remote: present(drift) } }))).toMatchObject({
        kind: 'Power',
        op: PowerOp.SHUTDOWN_GRACEFUL,
        why: 'Cycle',
      });
      expect(
        planVirtualMachine(anObservation({ ...given, metadata: {}, change: { remote: present(drift) } })).kind,
      ).toBe('Settled');
    });

    it('lets a change of a class through a few at a time', () => {
      const given = { ...fewer, status: { binding, id: 'vm-1', applied: { generation: 1, hash: 'older' } } };
      expect(
        planVirtualMachine(anObservation({ ...given, change: { ...fewer.change, rolloutOpen: false } })).kind,
      ).toBe('WaitForRollout');
      expect(
        planVirtualMachine(
          anObservation({ ...given, metadata: { generation: 2 }, change: { ...fewer.change, rolloutOpen: false } }),
        ).kind,
      ).toBe('Reconfigure');
    });

    it('P78 every power wanted and seen that agree need nothing', () => {
      for (const [wanted, powerState] of [
        ['On', PowerState.ON],
        ['Off', PowerState.OFF],
        ['OffGraceful', PowerState.OFF],
      ] as const) {
        expect(
          planVirtualMachine(
            anObservation({ spec: { powerState: wanted }, change: { remote: present({ powerState }) } }),
          ).kind,
        ).toBe('Settled');
      }
    });
  });
});
