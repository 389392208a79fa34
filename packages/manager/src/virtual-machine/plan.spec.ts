import { describe, expect, it } from '@jest/globals';
import { Annotation } from '@virtrigaud/api-types';
import { Connection, Lifecycle, PowerOp, PowerReason, PowerState, TaskState } from '@virtrigaud/grpc-contract/client';
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
import { planVirtualMachine } from './plan.ts';
import type { Observed } from './observed.ts';

const deleting = { deletionTimestamp: '2026-01-02T03:00:00Z' };
const absent = { kind: 'Absent', by: 'Describe' } as const;
const unknown = { kind: 'Unknown', why: 'Touched', last: undefined } as const;
const present = (change: Parameters<typeof aState>[0]) => ({ kind: 'Present', vm: aState(change) }) as const;
const unboundVm: ObservedParts = {
  status: {},
  change: { remote: { kind: 'Unknown', why: 'NotListed', last: undefined } },
};
const neverReady: ObservedParts = { status: { binding } };
const annotated = (annotations: Record<string, string>) => ({ metadata: { annotations } });
const applied = (seen: Observed, generation = 1) => ({ generation, hash: seen.wanted.hash ?? '' });
const settledHash = applied(anObservation());

interface Row {
  readonly row: number;
  readonly because: string;
  readonly given: ObservedParts;
  readonly expected: object;
}

const deleteId = operationId('delete', uid, {});
const rows: readonly Row[] = [
  {
    row: 1,
    because: 'who has let go does not hold on again',
    given: { metadata: { ...deleting, finalizers: [] } },
    expected: { kind: 'Done' },
  },
  {
    row: 2,
    because: 'a person takes the responsibility',
    given: {
      metadata: { ...deleting, annotations: { [Annotation.ForceDelete]: 'true' } },
      change: { named: aProvider({ unavailable: unreachable }) },
    },
    expected: { kind: 'RemoveFinalizer', why: 'Forced' },
  },
  {
    row: 3,
    because: 'nothing was ever made',
    given: { ...unboundVm, metadata: deleting },
    expected: { kind: 'RemoveFinalizer', why: 'NeverMade' },
  },
  {
    row: 4,
    because: 'paused means no call',
    given: annotated({ [Annotation.Paused]: 'true' }),
    expected: { kind: 'Paused' },
  },
  {
    row: 4,
    because: 'P77 paused and deleted sends nothing',
    given: { metadata: { ...deleting, annotations: { [Annotation.Paused]: 'true' } } },
    expected: { kind: 'Paused' },
  },
  {
    row: 5,
    because: 'P10 an unseen VM may still exist',
    given: { metadata: deleting, change: { named: aProvider({ unavailable: unreachable }), remote: unknown } },
    expected: { kind: 'WaitForProvider' },
  },
  {
    row: 5,
    because: 'a new VM needs a Provider that stays',
    given: { ...unboundVm, change: { ...unboundVm.change, named: aProvider({ deleting: true }) } },
    expected: { kind: 'WaitForProvider' },
  },
  {
    row: 5,
    because: 'a new VM needs a grant',
    given: { ...unboundVm, change: { ...unboundVm.change, named: aProvider({ granted: false }) } },
    expected: { kind: 'WaitForProvider' },
  },
  {
    row: 6,
    because: 'P04 a timeout is not an absence',
    given: { change: { remote: unknown } },
    expected: { kind: 'Describe', at: 'Bound' },
  },
  {
    row: 6,
    because: 'P04 not even while it is being deleted',
    given: { metadata: deleting, change: { remote: unknown } },
    expected: { kind: 'Describe', at: 'Bound' },
  },
  {
    row: 6,
    because: 'a person asks to look again',
    given: annotated({ [Annotation.ReconcileNow]: 'now' }),
    expected: { kind: 'Describe', at: 'Bound' },
  },
  {
    row: 6,
    because: 'an answer that failed is not asked for in a loop',
    given: { change: { remote: unknown }, remembered: { attempts: { Describe: anAttempt() } } },
    expected: { kind: 'BackOff', verb: 'Describe', untilMonotonicMs: 2_000 },
  },
  {
    row: 6,
    because: 'two carriers of one stamp are for a person',
    given: {
      change: { remote: unknown },
      remembered: { attempts: { Describe: anAttempt({ failure: aFailure({ class: 'rejected' }) }) } },
    },
    expected: { kind: 'Stalled', verb: 'Describe' },
  },
  {
    row: 7,
    because: 'one piece of work at a time',
    given: { change: { task: { kind: 'Running', task: aTask() } } },
    expected: { kind: 'AwaitTask', task: aTask() },
  },
  {
    row: 7,
    because: 'silence is asked about',
    given: { change: { task: { kind: 'Unheard', id: 't1' } } },
    expected: { kind: 'CheckTask', id: 't1' },
  },
  {
    row: 7,
    because: 'P14 deletion ends what can be ended',
    given: { metadata: deleting, change: { task: { kind: 'Running', task: aTask({ cancellable: true }) } } },
    expected: { kind: 'CancelTask', id: 't1' },
  },
  {
    row: 7,
    because: 'P14 once is enough',
    given: {
      metadata: deleting,
      remembered: { cancelledTask: 't1' },
      change: { task: { kind: 'Running', task: aTask({ cancellable: true }) } },
    },
    expected: { kind: 'AwaitTask', task: aTask({ cancellable: true }) },
  },
  {
    row: 8,
    because: 'P26 a result is taken once',
    given: { change: { task: { kind: 'Ended', task: aTask({ state: TaskState.FAILED }) } } },
    expected: { kind: 'SettleTask', task: aTask({ state: TaskState.FAILED }) },
  },
  {
    row: 9,
    because: 'it is always asked for, also when it seems gone',
    given: { metadata: deleting, change: { remote: absent } },
    expected: { kind: 'Delete', operationId: deleteId, releaseOnly: false },
  },
  {
    row: 9,
    because: 'P11 done is what is observed absent',
    given: { metadata: deleting, remembered: { deleteDone: true } },
    expected: { kind: 'Delete', operationId: deleteId, releaseOnly: false },
  },
  {
    row: 9,
    because: 'a list is not the word of the hypervisor',
    given: { metadata: deleting, remembered: { deleteDone: true }, change: { remote: { kind: 'Absent', by: 'List' } } },
    expected: { kind: 'Delete', operationId: deleteId, releaseOnly: false },
  },
  {
    row: 9,
    because: 'deleted and seen absent',
    given: { metadata: deleting, remembered: { deleteDone: true }, change: { remote: absent } },
    expected: { kind: 'RemoveFinalizer', why: 'Gone' },
  },
  {
    row: 9,
    because: 'no finalizer leaves a Provider that misses too many',
    given: {
      metadata: deleting,
      remembered: { deleteDone: true },
      change: { remote: absent, named: aProvider({ shrunk: '40 of 50' }) },
    },
    expected: { kind: 'WaitForProvider' },
  },
  {
    row: 9,
    because: 'P02 a Create that got no answer may still make it',
    given: { metadata: deleting, remembered: { deleteDone: true, createUntilMs: 9_000 }, change: { remote: absent } },
    expected: { kind: 'WaitForAbsence', untilMonotonicMs: 9_000 },
  },
  {
    row: 9,
    because: 'P02 what was seen before that Create was over proves nothing',
    given: { metadata: deleting, remembered: { deleteDone: true, createUntilMs: 1_000 }, change: { remote: absent } },
    expected: { kind: 'Describe', at: 'Bound' },
  },
  {
    row: 9,
    because: 'what has no effect is not sent in a loop',
    given: {
      metadata: deleting,
      remembered: { deleteDone: true, done: { Delete: { operationId: deleteId, times: 2, retryAtMs: 2_000 } } },
    },
    expected: { kind: 'BackOff', verb: 'Delete', untilMonotonicMs: 2_000 },
  },
  {
    row: 9,
    because: 'Retain takes the stamp and nothing else',
    given: { metadata: deleting, spec: { deletionPolicy: 'Retain' } },
    expected: { kind: 'Delete', operationId: operationId('release', uid, {}), releaseOnly: true },
  },
  {
    row: 9,
    because: 'a half-made one is deleted, whatever the policy',
    given: {
      metadata: deleting,
      spec: { deletionPolicy: 'Retain' },
      ...neverReady,
      change: { remote: present({ lifecycle: Lifecycle.CREATING }) },
    },
    expected: { kind: 'Delete', operationId: deleteId, releaseOnly: false },
  },
  {
    row: 9,
    because: 'a whole one is kept under Retain, also where a manager was killed before it could write that it is there',
    given: { metadata: deleting, spec: { deletionPolicy: 'Retain' }, ...neverReady },
    expected: { kind: 'Delete', operationId: operationId('release', uid, {}), releaseOnly: true },
  },
  {
    row: 10,
    because: 'nobody can be asked about work at a Provider that is gone: the other way to it comes first',
    given: {
      change: {
        named: aProvider({ name: 'remote', uid: 'other-uid' }),
        bound: aProvider({ unavailable: unreachable }),
        remote: unknown,
        candidate: { kind: 'Present', vm: aState() },
        task: { kind: 'Unheard', id: 't1' },
      },
    },
    expected: { kind: 'Rebind' },
  },
  {
    row: 10,
    because: 'another hypervisor is never the same VM',
    given: {
      change: {
        named: aProvider({ name: 'other', uid: 'u2', hypervisorId: 'hv-2' }),
        bound: aProvider(),
        candidate: unknown,
      },
    },
    expected: { kind: 'ProviderMismatch' },
  },
  {
    row: 10,
    because: 'P09 the same hypervisor by another way, and it is there',
    given: { change: { named: aProvider({ name: 'other', uid: 'u2' }), bound: aProvider(), candidate: present({}) } },
    expected: { kind: 'Rebind' },
  },
  {
    row: 10,
    because: 'whether it is there has to be asked',
    given: { change: { named: aProvider({ name: 'other', uid: 'u2' }), bound: aProvider(), candidate: unknown } },
    expected: { kind: 'Describe', at: 'Named' },
  },
  {
    row: 10,
    because: 'rebinding may be the way out of a Provider that is gone',
    given: {
      change: {
        named: aProvider({ name: 'other', uid: 'u2' }),
        bound: aProvider({ unavailable: unreachable }),
        remote: unknown,
        candidate: present({}),
      },
    },
    expected: { kind: 'Rebind' },
  },
  {
    row: 11,
    because: 'a question is for a person',
    given: { change: { remote: present({ question: 'moved or copied?' }) } },
    expected: { kind: 'WaitForHypervisor', why: 'it asks a question: moved or copied?' },
  },
  {
    row: 11,
    because: 'no mutation would work',
    given: { change: { remote: present({ connection: Connection.DISCONNECTED }) } },
    expected: { kind: 'WaitForHypervisor', why: 'its host is disconnected' },
  },
  {
    row: 11,
    because: 'an unknown power is no power',
    given: { change: { remote: present({ powerState: PowerState.UNSPECIFIED }) } },
    expected: { kind: 'WaitForHypervisor', why: 'its power state is not known' },
  },
  {
    row: 12,
    because: 'a bad object does nothing',
    given: { change: { invalid: 'spec.cpu: bad' } },
    expected: { kind: 'InvalidSpec' },
  },
  {
    row: 12,
    because: 'whoever wants it off gets it off',
    given: { spec: { powerState: 'Off' }, change: { invalid: 'spec.cpu: bad' } },
    expected: { kind: 'Power', op: PowerOp.OFF, operationId: operationId('power', uid, PowerOp.OFF), why: 'Wanted' },
  },
  {
    row: 12,
    because: 'a grant that was withdrawn gates power-on',
    given: { change: { named: aProvider({ granted: false }), remote: present({ powerState: PowerState.OFF }) } },
    expected: { kind: 'WaitForGrant' },
  },
  {
    row: 13,
    because: 'nothing is made without a finalizer',
    given: { ...unboundVm, metadata: { finalizers: [] } },
    expected: { kind: 'AddFinalizer' },
  },
  { row: 15, because: 'where a VM is made is written first', given: unboundVm, expected: { kind: 'Bind' } },
  {
    row: 17,
    because: 'a vanished VM is reported, not recreated',
    given: { change: { remote: absent } },
    expected: { kind: 'Vanished' },
  },
  {
    row: 17,
    because: 'a shrunk inventory is not believed',
    given: {
      spec: { vanishedPolicy: 'Recreate' },
      change: { remote: absent, named: aProvider({ shrunk: '40 of 50' }) },
    },
    expected: { kind: 'WaitForProvider' },
  },
  {
    row: 18,
    because: 'P25 the guest is asked first',
    given: { spec: { powerState: 'OffGraceful' } },
    expected: {
      kind: 'Power',
      op: PowerOp.SHUTDOWN_GRACEFUL,
      operationId: operationId('power', uid, PowerOp.SHUTDOWN_GRACEFUL),
      why: 'Wanted',
    },
  },
  {
    row: 18,
    because: 'P25 not again within 15 s',
    given: {
      spec: { powerState: 'OffGraceful' },
      status: { binding, id: 'vm-1', shutdownDeadline: new Date(now + 60_000).toISOString() },
      remembered: { shutdownAskedMs: 500 },
    },
    expected: { kind: 'WaitForShutdown', untilMonotonicMs: 15_500 },
  },
  {
    row: 18,
    because: 'P25 its time is over',
    given: {
      spec: { powerState: 'OffGraceful' },
      status: { binding, id: 'vm-1', shutdownDeadline: new Date(now).toISOString() },
      remembered: { shutdownAskedMs: 500 },
    },
    expected: {
      kind: 'Power',
      op: PowerOp.OFF,
      operationId: operationId('power', uid, PowerOp.OFF),
      why: 'DeadlineOver',
    },
  },
  {
    row: 18,
    because: 'P25 observed Off satisfies it',
    given: { spec: { powerState: 'OffGraceful' }, change: { remote: present({ powerState: PowerState.OFF }) } },
    expected: { kind: 'Settled' },
  },
  {
    row: 18,
    because: 'a crashed guest is started again, the first time at once',
    given: { change: { remote: present({ powerState: PowerState.CRASHED }) } },
    expected: { kind: 'Power', op: PowerOp.OFF, operationId: operationId('power', uid, PowerOp.OFF), why: 'Crashed' },
  },
  {
    row: 18,
    because: 'crashes grow apart',
    given: {
      status: { binding, id: 'vm-1', crashRestarts: { count: 2, at: new Date(now).toISOString() } },
      change: { remote: present({ powerState: PowerState.CRASHED }) },
    },
    expected: { kind: 'WaitAfterCrash', untilMonotonicMs: 21_000 },
  },
  {
    row: 20,
    because: 'it is Off and wanted On',
    given: { change: { remote: present({ powerState: PowerState.OFF }) } },
    expected: { kind: 'Power', op: PowerOp.ON, operationId: operationId('power', uid, PowerOp.ON), why: 'Wanted' },
  },
  {
    row: 20,
    because: 'a user has suspended it',
    given: { change: { remote: present({ powerState: PowerState.SUSPENDED, powerReason: PowerReason.USER }) } },
    expected: {
      kind: 'Power',
      op: PowerOp.RESUME,
      operationId: operationId('power', uid, PowerOp.RESUME),
      why: 'Wanted',
    },
  },
  {
    row: 20,
    because: 'what the hypervisor has suspended is left to it',
    given: { change: { remote: present({ powerState: PowerState.SUSPENDED, powerReason: PowerReason.IO_ERROR }) } },
    expected: { kind: 'Settled' },
  },
  {
    row: 20,
    because: 'drift is shown under Report',
    given: {
      spec: { driftPolicy: 'Report' },
      status: { binding, id: 'vm-1', applied: settledHash },
      change: { remote: present({ powerState: PowerState.OFF }) },
    },
    expected: { kind: 'Settled' },
  },
  {
    row: 21,
    because: 'P78 a token reboots the guest',
    given: annotated({ [Annotation.Restart]: 'a' }),
    expected: { kind: 'Reboot', operationId: `reboot-${uid}-a`, token: 'a' },
  },
  {
    row: 21,
    because: 'once a token',
    given: {
      metadata: { annotations: { [Annotation.Restart]: 'a' } },
      status: { binding, id: 'vm-1', handledRestart: 'a' },
    },
    expected: { kind: 'Settled' },
  },
  { row: 22, because: 'nothing is left to do', given: {}, expected: { kind: 'Settled' } },
];

describe('planVirtualMachine', () => {
  it.each(rows)('row $row: $because', ({ given, expected }) => {
    expect(planVirtualMachine(anObservation(given))).toEqual(expected);
  });
});
