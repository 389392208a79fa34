import { Finalizer } from '@virtrigaud/api-types';
import { Capability, GetProviderInfoResponse, ValidateResponse } from '@virtrigaud/grpc-contract/client';
import { initialState, type ConnectionState } from '../connection/connection-state.ts';
import type { ObservedProvider } from '../provider/observed.ts';
import { nothingToRelease } from '../provider/release-attempts.ts';
import { now } from './builders.ts';
import { providerObject } from './objects.ts';

const info = GetProviderInfoResponse.fromPartial({
  type: 'mock',
  version: '1',
  contractMin: 1,
  contractMax: 1,
  hypervisorId: 'hv-1',
  capabilities: [Capability.SNAPSHOT, Capability.RECONFIGURE_ONLINE_CPU],
});
/** A connection on which all is well. */
export const connectedState: ConnectionState = {
  ...initialState,
  reach: { kind: 'Connected', sinceMs: now },
  agreement: { kind: 'Compatible', revision: 1 },
  info,
  health: { kind: 'Serving', sinceMs: now },
  ready: 1,
  validation: ValidateResponse.fromPartial({ ok: true }),
};
/** A runtime in the process of the manager. */
export const running = {
  state: { kind: 'Running', endpoints: [{ name: '0', address: 'unix:/run/a.sock' }], version: '1' },
  mode: 'InProcess',
  replicas: 1,
  isCurrent: true,
  isConnected: true,
} as const;

/** An observation of the Provider `shop/lab` that is as wanted, with whatever differs. */
export function anObservedProvider(
  change: Partial<ObservedProvider> = {},
  metadata: object = { finalizers: [Finalizer.Provider] },
): ObservedProvider {
  return {
    provider: providerObject({ metadata }),
    invalid: undefined,
    runtime: running,
    connection: { state: connectedState, inventory: { kind: 'Live' } },
    secret: { kind: 'NotNamed' },
    secretReadMs: undefined,
    lookedFor: undefined,
    boundVms: [],
    strangers: 0,
    shrink: { shrunk: false, missing: [], expected: 0 },
    unowned: [],
    release: nothingToRelease,
    nowMs: now,
    monotonicMs: 100_000,
    ...change,
  };
}

/** The connection of an observation, with whatever differs. */
export const aConnection = (change: Partial<ConnectionState>) => ({
  connection: { state: { ...connectedState, ...change }, inventory: { kind: 'Live' } as const },
});
