import type { ChannelCredentials } from '@virtrigaud/grpc-contract/client';
import type { HostedState } from '../hosted-state.ts';
import type { Replica } from './replica.ts';

/** Where a set of replicas stands as a whole. Pure. */
export function stateOfReplicas(
  replicas: readonly Pick<Replica, 'name' | 'state'>[],
  credentials: ChannelCredentials | undefined,
): HostedState {
  const endpoints = replicas.flatMap(({ name, state }) =>
    state.kind === 'Running' ? [{ name, address: state.address, credentials }] : [],
  );
  const failed = replicas.flatMap(({ name, state }) => (state.kind === 'Failed' ? [{ name, ...state }] : []));
  const [first] = failed;
  const trouble = first && `replica ${first.name}: ${first.why}`;
  if (endpoints.length > 0) return { kind: 'Running', endpoints, trouble };
  if (first && trouble !== undefined) return { kind: 'Failed', why: trouble, sinceMs: first.sinceMs };
  return { kind: 'Starting' };
}
