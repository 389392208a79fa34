import { describe, expect, it } from '@jest/globals';
import { Annotation, Finalizer } from '@virtrigaud/api-types';
import { Reason, ValidateResponse, type PartialMessage } from '@virtrigaud/grpc-contract/client';
import { aConnection, anObservedProvider, connectedState, running } from '../testing/provider-observation.ts';
import { planProvider } from './plan.ts';
import { projectProviderStatus } from './status.ts';

const finalizers = [Finalizer.Provider];
const asks = (value: string) => ({ finalizers, annotations: { [Annotation.ReconcileNow]: value } });
const failed = { ...running, state: { kind: 'Failed', why: 'no', sinceMs: 0 } } as const;

describe('reconcile-now on a Provider', () => {
  it.each([
    { because: 'nobody has looked since it was asked', seen: anObservedProvider({}, asks('1')), expected: 'Look' },
    {
      because: 'a look has followed',
      seen: anObservedProvider({ lookedFor: '1' }, asks('1')),
      expected: 'Settled',
    },
    {
      because: 'what does not start can be started again at once',
      seen: anObservedProvider({ runtime: failed, connection: undefined }, asks('1')),
      expected: 'Look',
    },
    {
      because: 'what is not connected cannot be asked',
      seen: anObservedProvider(aConnection({ reach: { kind: 'Connecting' } }), asks('1')),
      expected: 'Settled',
    },
  ])('$expected because $because', ({ seen, expected }) => {
    expect(planProvider(seen).kind).toBe(expected);
  });

  it('is echoed when a look has followed, and not before', () => {
    const echoed = (seen: ReturnType<typeof anObservedProvider>) =>
      projectProviderStatus(seen, planProvider(seen)).handledReconcileNow;
    expect(echoed(anObservedProvider(aConnection({ reach: { kind: 'Connecting' } }), asks('1')))).toBeUndefined();
    expect(echoed(anObservedProvider({ lookedFor: '1' }, asks('1')))).toBe('1');
  });
});

describe('defaults of a Provider', () => {
  const said = (validation: PartialMessage<ValidateResponse>, type: string) => {
    const seen = anObservedProvider(aConnection({ validation: ValidateResponse.fromPartial(validation as never) }));
    const condition = projectProviderStatus(seen, planProvider(seen)).conditions?.find((each) => each.type === type);
    return `${condition?.status ?? ''} ${condition?.reason ?? ''}: ${condition?.message ?? ''}`;
  };
  const message = 'there is no network lan';

  it('that name what is not there are said, and hold back Ready until somebody corrects them', () => {
    const validation = { ok: false, reason: Reason.InvalidConfiguration, message };
    expect(said(validation, 'Ready')).toBe(`False InvalidConfiguration: ${message}`);
    expect(said(validation, 'Stalled')).toBe(`True InvalidConfiguration: ${message}`);
    expect(said(validation, 'Healthy')).toMatch(/^True Reachable/);
  });

  it('that are taken where nothing is named may never be needed: said, no more', () => {
    const validation = { ok: false, reason: Reason.DependencyMissing, message };
    expect(said(validation, 'Ready')).toMatch(/^True Ready/);
    expect(said(validation, 'Healthy')).toContain(message);
  });

  it('are not spoken of while the hypervisor does not answer', () => {
    const state = { ...connectedState, health: { kind: 'NotServing', sinceMs: 0 } as const };
    const seen = anObservedProvider({ connection: { state, inventory: { kind: 'Live' } } });
    const ready = projectProviderStatus(seen, planProvider(seen)).conditions?.[0];
    expect(ready?.reason).toBe('HypervisorUnreachable');
  });
});

describe('a hypervisor that is not on the machine that its endpoint means', () => {
  it('is told apart from one that is merely out of reach: it needs somebody', () => {
    const said = (reason: string) => {
      const validation = ValidateResponse.fromPartial({ ok: false, reason, message: 'there is no /run/libvirt' });
      const health = { kind: 'NotServing', sinceMs: 0 } as const;
      const seen = anObservedProvider(aConnection({ health, validation }));
      const conditions = projectProviderStatus(seen, planProvider(seen)).conditions ?? [];
      return ['Healthy', 'Ready', 'Stalled'].map((type) => conditions.find((each) => each.type === type)?.reason);
    };
    expect(said(Reason.EndpointNotLocal)).toEqual(['EndpointNotLocal', 'EndpointNotLocal', 'EndpointNotLocal']);
    expect(said(Reason.PermissionMissing)).toEqual(['HypervisorUnreachable', 'HypervisorUnreachable', undefined]);
  });
});
