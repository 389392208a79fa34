import { Annotation } from '@virtrigaud/api-types';
import { Code, Reason, TaskState } from '@virtrigaud/grpc-contract/client';
import type { ObjectKey } from '@virtrigaud/kube-runtime';
import { backoffMs, type Backoff } from '../transport/backoff.ts';
import type { ExecuteContext, ProviderSite } from '../virtual-machine/ports.ts';
import type { ReleaseAttempt } from './release-attempts.ts';
import type { UnownedMachine } from './unowned.ts';

/** Whose machines are let go, and how it is made sure that they are nobody's. */
export interface ReleaseDeps {
  readonly clusterId: string;
  readonly term: () => number;
  /** An endpoint has seen a newer leader. */
  readonly staleTerm: () => void;
  /** Asks the API server now. @returns the uid of that VirtualMachine; undefined: there is none. */
  readonly liveUid: (object: { readonly namespace: string; readonly name: string }) => Promise<string | undefined>;
  /** The VirtualMachine that asks to take over the machine of this uid. */
  readonly takerOf: (uid: string) => ObjectKey | undefined;
}

/** What an attempt came to. */
export type ReleaseOutcome =
  { readonly kind: 'Released' } | { readonly kind: 'Refused'; readonly why: string; readonly backoff: Backoff };

const soon: Backoff = { baseMs: 1_000, maxMs: 60_000 };
const slowly: Backoff = { baseMs: 10_000, maxMs: 300_000 };
const hardlyEver: Backoff = { baseMs: 600_000, maxMs: 600_000 };
/** Between two of what succeeded, where the hypervisor goes on showing the stamp. */
const again: Backoff = { baseMs: 30_000, maxMs: 600_000 };

/**
 * Takes the stamp off a machine whose object is gone, as the owner that the stamp names. That it is gone is asked of the API server
 * here: what is in memory may be older.
 */
export async function releaseMachine(
  { id, owner }: UnownedMachine,
  {
    deps,
    site,
    context,
  }: { readonly deps: ReleaseDeps; readonly site: ProviderSite; readonly context: ExecuteContext },
): Promise<ReleaseOutcome> {
  const taker = deps.takerOf(owner.uid);
  if (taker !== undefined)
    return refused(
      `VirtualMachine ${taker} asks to take it over; remove its annotation ${Annotation.TakeOver}`,
      slowly,
    );
  try {
    if ((await deps.liveUid(owner)) === owner.uid)
      return refused(`VirtualMachine ${owner.namespace}/${owner.name} owns it; delete that object instead`, slowly);
  } catch (error) {
    return refused(`the API server does not say whether its object is gone: ${String(error)}`, soon);
  }
  const reply = await site.channel.call({
    method: 'delete',
    request: {
      id,
      releaseOnly: true,
      mutation: {
        operationId: `release-${owner.uid}-${id}`,
        owner: { ...owner, clusterId: deps.clusterId, kind: 'VirtualMachine' },
        term: BigInt(deps.term()),
        notAfter: undefined,
      },
    },
    subject: owner.uid,
    kind: 'mutation',
    ...context,
  });
  if (reply.ok) {
    const { task } = reply.value;
    if (!task || task.state === TaskState.SUCCEEDED) return { kind: 'Released' };
    if (task.state === TaskState.RUNNING) return refused('the provider is still at it', soon);
    return refused(`${task.error?.reason ?? ''}: ${task.error?.message ?? 'the task failed'}`, slowly);
  }
  const { failure } = reply;
  if (failure.reason === Reason.StaleTerm) deps.staleTerm();
  if (failure.code === Code.UNAUTHENTICATED || failure.code === Code.PERMISSION_DENIED) site.refused(failure);
  const backoff = failure.class === 'rejected' ? hardlyEver : failure.class === 'blocked' ? slowly : soon;
  return refused([failure.reason, failure.message].filter((word) => word !== undefined).join(': '), backoff);
}

const refused = (why: string, backoff: Backoff): ReleaseOutcome => ({ kind: 'Refused', why, backoff });

/** What is remembered after an attempt. Pure. */
export function afterAttempt(
  before: ReleaseAttempt | undefined,
  outcome: ReleaseOutcome,
  monotonicMs: number,
): ReleaseAttempt {
  const isSame = (before?.problem === undefined) === (outcome.kind === 'Released');
  const attempts = before && isSame ? before.attempts + 1 : 1;
  const waitMs = backoffMs(attempts, outcome.kind === 'Released' ? again : outcome.backoff);
  const problem = outcome.kind === 'Released' ? undefined : outcome.why;
  return { problem, attempts, retryAtMs: monotonicMs + waitMs };
}
