import type { ChannelCredentials } from '@virtrigaud/grpc-contract/client';
import type { HostedState } from '../hosted-state.ts';
import type { Replica } from './replica.ts';

type Known = Pick<Replica, 'name' | 'state'>;

/** Replicas, and the one that is to take the place of the one of its name, if there is one. */
export interface KnownReplicas {
  readonly replicas: readonly Known[];
  readonly successor: Known | undefined;
}

/** Where a set of replicas stands as a whole. Pure. */
export function stateOfReplicas(
  { replicas, successor }: KnownReplicas,
  credentials: ChannelCredentials | undefined,
): HostedState {
  // Of two of one name the first is sent to, once it can be.
  const endpoints = [...(successor ? [successor] : []), ...replicas].flatMap(({ name, state }) =>
    state.kind === 'Running' ? [{ name, address: state.address, credentials, over: state.over }] : [],
  );
  const failed = replicas.flatMap(({ name, state }) => (state.kind === 'Failed' ? [{ name, ...state }] : []));
  const [first] = failed;
  const trouble = first && wordsOf(first);
  const replacing = successor && {
    why: successor.state.kind === 'Failed' ? wordsOf({ name: successor.name, ...successor.state }) : undefined,
  };
  if (endpoints.length > 0) return { kind: 'Running', endpoints, trouble, replacing };
  if (first && trouble !== undefined) return { kind: 'Failed', why: trouble, sinceMs: first.sinceMs };
  return { kind: 'Starting' };
}

function wordsOf({ name, why }: { readonly name: string; readonly why: string }): string {
  return `replica ${name}: ${why}`;
}
