import { describe, expect, it } from '@jest/globals';
import { Annotation, Finalizer } from '@virtrigaud/api-types';
import { Capability, ValidateResponse } from '@virtrigaud/grpc-contract/client';
import { judgeAgreement } from '../connection/handshake.ts';
import { whyUnavailable } from '../connection/provider-view.ts';
import { now } from '../testing/builders.ts';
import { providerObject } from '../testing/objects.ts';
import { aConnection, anObservedProvider, connectedState, running } from '../testing/provider-observation.ts';
import type { ObservedProvider } from './observed.ts';
import { planProvider } from './plan.ts';
import { notesOf } from './reconcile.ts';
import { capabilityNames, projectProviderStatus } from './status.ts';

const finalizers = [Finalizer.Provider];
const deleting = { finalizers, deletionTimestamp: '2026-01-01T00:00:00Z' };

describe('planProvider', () => {
  it.each([
    { because: 'all is as wanted', seen: anObservedProvider(), expected: 'Settled' },
    { because: 'it may be in use from now on', seen: anObservedProvider({}, {}), expected: 'AddFinalizer' },
    { because: 'it does not run', seen: anObservedProvider({ runtime: undefined }), expected: 'Start' },
    {
      because: 'its spec has changed',
      seen: anObservedProvider({ runtime: { ...running, isCurrent: false } }),
      expected: 'Restart',
    },
    {
      because: 'it listens somewhere else now',
      seen: anObservedProvider({ runtime: { ...running, isConnected: false } }),
      expected: 'Connect',
    },
    {
      because: 'the Secret was not read yet',
      seen: anObservedProvider({ secret: { kind: 'NotRead' }, runtime: undefined }),
      expected: 'ReadSecret',
    },
    {
      because: 'the Secret is not there',
      seen: anObservedProvider({ secret: { kind: 'Missing', name: 's' }, secretReadMs: 99_000, runtime: undefined }),
      expected: 'WaitForSecret',
    },
    {
      because: 'nothing tells of a changed Secret',
      seen: anObservedProvider({ secret: { kind: 'Read', name: 's' }, secretReadMs: 40_000 }),
      expected: 'ReadSecret',
    },
    {
      because: 'refused credentials are looked at sooner',
      seen: anObservedProvider({
        secret: { kind: 'Read', name: 's' },
        secretReadMs: 85_000,
        ...aConnection({ rejected: { why: '', sinceMs: 0 } }),
      }),
      expected: 'ReadSecret',
    },
    {
      because: 'a person has paused it',
      seen: anObservedProvider({ runtime: undefined }, { finalizers, annotations: { [Annotation.Paused]: 'true' } }),
      expected: 'Paused',
    },
    {
      because: 'P16 its machines could not be deleted any more',
      seen: anObservedProvider({ boundVms: ['a/b'] }, deleting),
      expected: 'InUse',
    },
    {
      because: 'P16 it serves them on, also after a restart of the manager',
      seen: anObservedProvider({ boundVms: ['a/b'], runtime: undefined }, deleting),
      expected: 'Start',
    },
    { because: 'P16 its connection is closed first', seen: anObservedProvider({}, deleting), expected: 'Stop' },
    {
      because: 'nothing is left',
      seen: anObservedProvider({ runtime: undefined }, deleting),
      expected: 'RemoveFinalizer',
    },
    {
      because: 'a person takes the responsibility',
      seen: anObservedProvider(
        { boundVms: ['a/b'], runtime: undefined },
        { ...deleting, annotations: { [Annotation.ForceDelete]: 'true' } },
      ),
      expected: 'RemoveFinalizer',
    },
    {
      because: 'who has let go does not hold on again',
      seen: anObservedProvider({ runtime: undefined }, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      expected: 'Done',
    },
  ])('$expected because $because', ({ seen, expected }) => {
    expect(planProvider(seen).kind).toBe(expected);
  });
});

describe('projectProviderStatus', () => {
  const remote = (replacing: { readonly why?: string }) => ({
    runtime: { ...running, mode: 'Remote' as const, state: { ...running.state, replacing } },
  });
  const ready = (seen: ObservedProvider) => {
    const conditions = projectProviderStatus(seen, planProvider(seen)).conditions ?? [];
    const each = (type: string) => conditions.find((condition) => condition.type === type);
    return [
      each('Ready')?.status,
      each('Ready')?.reason,
      each('Stalled') ? 'Stalled' : each('Reconciling') ? 'Reconciling' : '',
    ]
      .join(' ')
      .trim();
  };

  it.each([
    { because: 'all is well', seen: anObservedProvider(), expected: 'True Ready' },
    {
      because: 'no package serves it',
      seen: anObservedProvider({
        runtime: { ...running, state: { kind: 'PackageMissing', why: 'none', sinceMs: now } },
        connection: undefined,
      }),
      expected: 'False PackageMissing Stalled',
    },
    {
      because: 'it does not start',
      seen: anObservedProvider({
        runtime: { ...running, state: { kind: 'Failed', why: 'no', sinceMs: now } },
        connection: undefined,
      }),
      expected: 'False InProcessFailed Reconciling',
    },
    {
      because: 'it does not answer',
      seen: anObservedProvider(aConnection({ reach: { kind: 'Unreachable', why: 'gone', sinceMs: now } })),
      expected: 'False Unreachable Reconciling',
    },
    {
      because: 'it is of another type',
      seen: anObservedProvider(aConnection({ agreement: { kind: 'TypeMismatch', why: 'x' } })),
      expected: 'False TypeMismatch Stalled',
    },
    {
      because: 'it speaks another contract',
      seen: anObservedProvider(aConnection({ agreement: { kind: 'Incompatible', why: 'x' } })),
      expected: 'False Incompatible Stalled',
    },
    {
      because: 'its Secret is missing',
      seen: anObservedProvider({ secret: { kind: 'Missing', name: 's' }, secretReadMs: 99_000 }),
      expected: 'False SecretNotFound Reconciling',
    },
    {
      because: 'its credentials are refused',
      seen: anObservedProvider(aConnection({ rejected: { why: 'no', sinceMs: now } })),
      expected: 'False Rejected Reconciling',
    },
    {
      because: 'a right is missing',
      seen: anObservedProvider(
        aConnection({ validation: ValidateResponse.fromPartial({ ok: false, missingPermissions: ['b', 'a'] }) }),
      ),
      expected: 'False PermissionMissing Reconciling',
    },
    {
      because: 'P34 the hypervisor does not answer',
      seen: anObservedProvider(aConnection({ health: { kind: 'NotServing', sinceMs: now } })),
      expected: 'False HypervisorUnreachable Reconciling',
    },
    {
      because: 'its inventory is stale',
      seen: anObservedProvider({
        connection: { state: connectedState, inventory: { kind: 'Lost', why: 'silence', sinceMs: now } },
      }),
      expected: 'False InventoryStale Reconciling',
    },
    {
      because: 'too many are missing',
      seen: anObservedProvider({ shrink: { shrunk: true, missing: ['a', 'b', 'c', 'd'], expected: 5 } }),
      expected: 'False InventoryShrunk Reconciling',
    },
    {
      because: 'another hypervisor is there',
      seen: anObservedProvider({ strangers: 2 }),
      expected: 'False HypervisorChanged Stalled',
    },
    {
      because: 'its replicas are at different hypervisors, of which none is listed',
      seen: anObservedProvider({
        connection: {
          state: { ...connectedState, differing: 'replica 0 is at hypervisor a, replica 1 is at hypervisor b' },
          inventory: { kind: 'Lost', why: 'no instance of the provider is ready', sinceMs: now },
        },
      }),
      expected: 'False ReplicasDiffer Stalled',
    },
    {
      because: 'P61 its processes are being replaced',
      seen: anObservedProvider(remote({})),
      expected: 'False ProcessesStarting Reconciling',
    },
    {
      because: 'P61 the process as it is wanted now does not start',
      seen: anObservedProvider(remote({ why: 'replica 0: exit code 1' })),
      expected: 'False ProcessFailed Reconciling',
    },
    {
      because: 'P16 it is in use',
      seen: anObservedProvider({ boundVms: ['shop/a', 'shop/b'] }, deleting),
      expected: 'False InUse Reconciling',
    },
  ])('$expected because $because', ({ seen, expected }) => {
    expect(ready(seen)).toBe(expected);
  });

  it('shows what the provider is, and says nothing that ticks', () => {
    const seen = anObservedProvider({ boundVms: ['a/b'] });
    const status = projectProviderStatus(seen, planProvider(seen));
    expect(status).toMatchObject({
      version: '1',
      contract: 1,
      hypervisorID: 'hv-1',
      connectedVMs: 1,
      capabilities: ['ReconfigureOnlineCPU', 'Snapshot'],
      runtime: { mode: 'InProcess', phase: 'Ready', endpoint: 'unix:/run/a.sock' },
    });
    const later = { ...seen, provider: { ...seen.provider, status }, nowMs: now + 1e7, monotonicMs: 1e7 };
    expect(projectProviderStatus(later, planProvider(later))).toEqual(status);
  });

  it('says of replicas at different hypervisors where each is, and keeps the one that was known', () => {
    const info = connectedState.info && { ...connectedState.info, hypervisorId: '' };
    const seen = anObservedProvider(aConnection({ info, differing: 'replica 0 is at hypervisor a' }));
    const known = { ...seen, provider: { ...seen.provider, status: { hypervisorID: 'hv-1' } } };
    const status = projectProviderStatus(known, planProvider(known));
    expect(status.hypervisorID).toBe('hv-1');
    const healthy = status.conditions?.find(({ type }) => type === 'Healthy');
    expect(healthy?.message).toBe('replica 0 is at hypervisor a; nothing is sent until all are at one');
  });

  it('names capabilities as the API does', () => {
    const names = capabilityNames([
      Capability.SNAPSHOT_MEMORY,
      Capability.NIC_HOTPLUG,
      Capability.CONSOLE_VNC,
      Capability.TPM,
      Capability.UNSPECIFIED,
    ]);
    expect(names).toEqual(['ConsoleVNC', 'NicHotplug', 'SnapshotMemory', 'TPM']);
  });

  it('tells people of transitions, once', () => {
    const lost = anObservedProvider(aConnection({ reach: { kind: 'Unreachable', why: 'gone', sinceMs: now } }));
    const [before, after] = [anObservedProvider(), lost].map(
      (seen) => projectProviderStatus(seen, planProvider(seen)).conditions,
    );
    expect(notesOf(undefined, before).map(({ reason }) => reason)).toEqual(['Connected']);
    expect(notesOf(before, after).map(({ reason }) => reason)).toEqual(['Disconnected']);
    expect(notesOf(after, after)).toEqual([]);
  });
});

describe('what a VM sees of a Provider', () => {
  const consumer = { namespace: 'shop', labels: {} };
  const input = {
    namespace: 'shop',
    name: 'lab',
    provider: providerObject(),
    invalid: undefined,
    hosted: running.state,
    connection: { state: connectedState, inventory: { kind: 'Live' } as const },
    consumer,
  };
  it.each([
    { because: 'it can be used', change: {}, reason: undefined },
    { because: 'it does not exist', change: { provider: undefined }, reason: 'ProviderNotFound' },
    {
      because: 'whether it exists elsewhere is nobody’s business',
      change: { provider: undefined, namespace: 'other' },
      reason: 'ConsumerNotAllowed',
    },
    {
      because: 'it does not start',
      change: { hosted: { kind: 'Failed', why: 'x', sinceMs: 1 } },
      reason: 'ProviderNotReady',
    },
    { because: 'the manager has just started', change: { connection: undefined }, reason: 'NotYetConnected' },
    {
      because: 'its first list is not done',
      change: { connection: { state: connectedState, inventory: { kind: 'Listing' } } },
      reason: 'NotYetConnected',
    },
    {
      because: 'it cannot see its hypervisor',
      change: { connection: { state: connectedState, inventory: { kind: 'Lost', why: 'x', sinceMs: 1 } } },
      reason: 'InventoryStale',
    },
    {
      because: 'it does not answer',
      change: aConnection({ reach: { kind: 'Unreachable', why: 'x', sinceMs: 1 } }),
      reason: 'ProviderUnreachable',
    },
    {
      because: 'P43 its credentials are refused',
      change: aConnection({ rejected: { why: 'x', sinceMs: 1 } }),
      reason: 'CredentialsRejected',
    },
    { because: 'its breaker is open', change: aConnection({ breakerOpenSinceMs: 1 }), reason: 'CircuitOpen' },
    {
      because: 'its replicas are at different hypervisors',
      change: aConnection({ differing: 'x' }),
      reason: 'ProviderNotReady',
    },
    {
      because: 'it speaks another contract',
      change: aConnection({ agreement: { kind: 'Incompatible', why: 'x' } }),
      reason: 'ContractIncompatible',
    },
  ] as const)('$reason because $because', ({ change, reason }) => {
    expect(whyUnavailable({ ...input, ...change })?.reason).toBe(reason);
  });

  it('judges the handshake', () => {
    const { info } = connectedState;
    if (!info) throw new Error('a connection on which all is well has been introduced');
    expect(judgeAgreement(info, 'mock').kind).toBe('Compatible');
    expect(judgeAgreement(info, 'libvirt').kind).toBe('TypeMismatch');
    expect(judgeAgreement({ ...info, contractMin: 2, contractMax: 3 }, 'mock').kind).toBe('Incompatible');
  });
});
