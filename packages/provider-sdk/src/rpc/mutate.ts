import { Reason, type ServerCall, type TaskResponse } from '@virtrigaud/grpc-contract/server';
import type * as wire from '@virtrigaud/grpc-contract/server';
import type { Task } from '../domain/task.ts';
import type { VmState } from '../domain/vm-state.ts';
import type { Accepted, CallContext, MutationContext } from '../implementation.ts';
import { ProviderError, vmAbsent } from '../provider-error.ts';
import { mutationContext, readContext, type Runtime } from '../runtime.ts';
import { decodeMutation, type Mutation } from '../wire/decode-mutation.ts';
import { checkExpiry } from '../work/expiry.ts';
import { encodeTask } from '../wire/encode-task.ts';
import { pause } from '../session/back-off.ts';

/** What the effect of a mutation is given. */
export interface Effect {
  readonly session: unknown;
  readonly context: MutationContext;
  readonly mutation: Mutation;
}

/** A mutation, decoded as far as all mutations are alike. */
export interface MutationCall {
  /** The call's name, such as `Create`. */
  readonly kind: string;
  readonly mutation: wire.Mutation | undefined;
  /** `EndCreate`: a Create in flight is ended first, where it can be. Otherwise, and for other work, the call is refused. */
  readonly inTheWay?: 'EndCreate';
}

/** How long a Create that was told to end may take for it; then the caller is given its task to wait for. */
const END_CREATE_MS = 10_000;

/**
 * The frame of every mutation: who asks is decoded, an older leader is kept out, the same operation finds its running work, other
 * work of the same owner is in the way, and watchers are told of the result.
 */
export async function mutate<T extends { readonly task?: Task | undefined }>(
  runtime: Runtime,
  call: ServerCall,
  {
    kind,
    mutation: wireMutation,
    inTheWay,
    effect,
  }: MutationCall & { readonly effect: (effect: Effect) => Promise<T> },
): Promise<T & { readonly operationId: string }> {
  const mutation = decodeMutation(wireMutation);
  const { owner, operationId, term } = mutation;
  runtime.fence.check(owner.clusterId, term);
  runtime.fence.announce(owner.clusterId, term);
  checkExpiry(kind, mutation);
  if (kind === 'Create' || kind === 'Adopt') runtime.creations.begin(kind, mutation);
  if (kind === 'Delete') runtime.creations.deleted(mutation);
  if (inTheWay === 'EndCreate') await endCreate(runtime, call, mutation);
  const answer = await runtime.works.run(owner.uid, operationId, {
    work: () =>
      runtime.keeper.use(async (session, keepOpen) => {
        const accepted = await effect({
          session,
          mutation,
          context: mutationContext(runtime, call, { kind, mutation }),
        });
        followForeign(runtime, accepted.task, mutation);
        // The task works on with this session: new credentials must not close it under the task.
        if (accepted.task?.state === 'Running') keepOpen(runtime.tasks.ended(accepted.task.id));
        return accepted;
      }),
    ended: (taskId) => runtime.tasks.ended(taskId),
  });
  return { ...answer, operationId };
}

/** Tells a Create of the owner that runs, and heeds it, to end, and waits for that. */
async function endCreate(runtime: Runtime, call: ServerCall, { owner, operationId }: Mutation): Promise<void> {
  const id = runtime.works.taskInTheWay(owner.uid, operationId);
  const task = id === undefined ? undefined : runtime.tasks.get(id);
  if (task?.kind !== 'Create' || !task.cancellable) return;
  runtime.tasks.cancel(task.id);
  const waited = new AbortController();
  await Promise.race([
    runtime.tasks.ended(task.id),
    pause(Math.min(END_CREATE_MS, call.remainingMs() / 2), AbortSignal.any([waited.signal, call.signal])),
  ]);
  waited.abort();
}

/** A running task that was not begun with `startTask` is the hypervisor's own: asked about until it is over. */
function followForeign(runtime: Runtime, task: Task | undefined, { owner }: Mutation): void {
  if (task?.state !== 'Running' || runtime.tasks.knows(task.id)) return;
  const { implementation, keeper, logger } = runtime;
  if (!implementation.findTask) {
    logger.error('a task was answered that was not begun by startTask, and there is no findTask to ask about it', {
      task: task.id,
    });
    return;
  }
  const context: CallContext = { signal: runtime.draining, remainingMs: () => Number.POSITIVE_INFINITY, logger };
  const look = () => keeper.use(async (session) => implementation.findTask?.(session, task.id, context));
  runtime.tasks.follow({ task, clusterId: owner.clusterId, look });
}

/** The VM that bears the owner's stamp, if there is one. Throws DUPLICATE_OWNER when there are two. */
export async function findOwned(
  runtime: Runtime,
  call: ServerCall,
  effect: Pick<Effect, 'session' | 'mutation'>,
): Promise<VmState | undefined> {
  const { uid, namespace, name } = effect.mutation.owner;
  const found = await runtime.implementation.findVms(effect.session, { ownerUid: uid }, readContext(runtime, call));
  const carriers = found.filter((vm) => vm.owner?.uid === uid);
  if (carriers.length > 1) throw duplicateOwner(`${namespace}/${name}`, carriers);
  return carriers[0];
}

/** The same for what cannot be done without the VM. Throws VM_ABSENT, or OWNER_MISMATCH when the id is another's. */
export async function requireOwned(
  runtime: Runtime,
  call: ServerCall,
  effect: Pick<Effect, 'session' | 'mutation'> & { readonly id: string },
): Promise<VmState> {
  const owned = await findOwned(runtime, call, effect);
  if (owned) return owned;
  const { owner } = effect.mutation;
  if (effect.id !== '') {
    const [other] = await runtime.implementation.findVms(effect.session, { id: effect.id }, readContext(runtime, call));
    if (other) {
      throw new ProviderError('FailedPrecondition', {
        reason: Reason.OwnerMismatch,
        message: `VM ${other.id} ("${other.name}") does not belong to ${owner.namespace}/${owner.name}: it stays untouched`,
      });
    }
  }
  throw vmAbsent(`the VM of ${owner.namespace}/${owner.name}`);
}

/** Two carriers of one stamp: nobody can say which one is meant. */
export function duplicateOwner(owner: string, carriers: readonly VmState[]): ProviderError {
  const names = carriers.map(({ id, name }) => `${id} ("${name}")`).join(' and ');
  return new ProviderError('FailedPrecondition', {
    reason: Reason.DuplicateOwner,
    message: `${owner} has two VMs: ${names}; remove the stamp of one, or that VM`,
  });
}

/** Makes the answer of a mutation: its task, or one that has already succeeded. */
export function taskResponse(
  kind: string,
  answer: {
    readonly operationId: string;
    readonly vmId?: string;
    readonly resultId?: string | undefined;
  } & NonNullable<Accepted>,
): TaskResponse {
  if (answer.task) return { task: encodeTask(answer.task) };
  const now = new Date();
  return {
    task: encodeTask({
      id: `${kind}/${answer.operationId}`,
      operationId: answer.operationId,
      kind,
      vmId: answer.vmId,
      state: 'Succeeded',
      progressPercent: 100,
      resultId: answer.resultId,
      startedAt: now,
      finishedAt: now,
      cancellable: false,
    }),
  };
}

/** Tells watchers of a VM that a mutation has touched, at once and when its task ends. */
export function touch(runtime: Runtime, id: string, task: Task | undefined): void {
  runtime.feed.changed(id);
  if (task?.state === 'Running') {
    void runtime.tasks.ended(task.id).then(() => {
      runtime.feed.changed(id);
    });
  }
}
