import { Annotation, type EventReason, type VMImageStatus } from '@virtrigaud/api-types';
import { classify, Code, ContractError, Reason, TaskState, type Task } from '@virtrigaud/grpc-contract/client';
import type { ReconcileContext } from '@virtrigaud/kube-runtime';
import { backoffMs } from '../transport/backoff.ts';
import { failureOfTask, type Failure } from '../transport/failure.ts';
import type { ProviderSite } from '../virtual-machine/ports.ts';
import type { ImageMemory } from './observe.ts';
import type { ObservedCopy, ObservedImage } from './observed.ts';
import type { CopyStep } from './plan.ts';

/** What effects on an image need. */
export interface ImageExecuteDeps {
  readonly site: (place: { readonly namespace: string; readonly name: string }) => ProviderSite | undefined;
  readonly memory: ImageMemory;
  readonly clusterId: string;
  readonly term: () => number;
  readonly staleTerm: () => void;
  readonly wake: (seen: ObservedImage) => void;
  readonly note: (
    seen: ObservedImage,
    note: { readonly reason: EventReason<'VMImage'>; readonly message: string },
  ) => void;
  readonly writeStatus: (seen: ObservedImage, status: VMImageStatus) => Promise<void>;
}

/** What an effect on one copy needs. */
export interface CopyEffects {
  readonly deps: ImageExecuteDeps;
  readonly context: ReconcileContext;
}

const backoff = { baseMs: 10_000, maxMs: 300_000 };
/** A refusal stands this long, in milliseconds, unless the provider changes. */
const refusedMs = 600_000;

/** Does one step for one copy: at most one call. @returns whether to look and plan again. */
export async function executeCopy(
  step: CopyStep,
  seen: ObservedImage,
  copy: ObservedCopy,
  { deps, context }: CopyEffects,
): Promise<'Progressed' | 'Waiting'> {
  const site = deps.site(copy);
  const uid = seen.image.metadata.uid ?? '';
  if (!site) return 'Waiting';
  switch (step.kind) {
    case 'Ready':
    case 'WaitForProvider':
    case 'Unsupported':
    case 'Missing':
    case 'BackOff':
    case 'Paused':
      return 'Waiting';
    case 'AwaitTask':
      if (copy.task.kind === 'Running') site.tasks.await(copy.task.task.id, () => deps.wake(seen));
      return 'Waiting';
    case 'SettleTask':
      if (copy.task.kind === 'Ended') settle(copy.task.task, seen, copy, { deps, site });
      return 'Progressed';
    case 'CheckTask': {
      const reply = await site.channel.call({
        method: 'taskStatus',
        request: { id: step.id },
        subject: uid,
        kind: 'read',
        ...context,
      });
      if (reply.ok && reply.value.task) site.tasks.heard(reply.value.task);
      else if (!reply.ok && reply.failure.code === Code.NOT_FOUND)
        deps.memory.update(uid, copy, { taskId: undefined, answer: undefined });
      else if (!reply.ok) failed(reply.failure, seen, copy, deps);
      return 'Progressed';
    }
    case 'Describe': {
      deps.memory.update(uid, copy, { lookedFor: seen.image.metadata.annotations?.[Annotation.ReconcileNow] });
      const reply = await site.channel.call({
        method: 'imageDescribe',
        request: { owner: ownerOf(seen, deps), image: copy.source },
        subject: uid,
        kind: 'read',
        ...context,
      });
      if (reply.ok) described(reply.value, seen, copy, { deps, site });
      else if (reply.failure.reason === Reason.ImageAbsent)
        deps.memory.update(uid, copy, { answer: { kind: 'Absent', atMs: seen.monotonicMs }, failure: undefined });
      else failed(reply.failure, seen, copy, deps);
      return 'Progressed';
    }
    case 'Prepare': {
      const mutation = { operationId: step.operationId, owner: ownerOf(seen, deps), term: BigInt(deps.term()) };
      const reply = await site.channel.call({
        method: 'imagePrepare',
        request: { mutation, image: copy.source },
        subject: uid,
        kind: 'mutation',
        ...context,
      });
      if (!reply.ok) {
        if (reply.failure.reason === Reason.StaleTerm) deps.staleTerm();
        if (reply.failure.taskId !== undefined) deps.memory.update(uid, copy, { taskId: reply.failure.taskId });
        else failed(reply.failure, seen, copy, deps);
        return 'Progressed';
      }
      const { task } = reply.value;
      if (task?.state === TaskState.RUNNING) {
        if (!site.tasks.get(task.id)) site.tasks.heard(task);
        deps.memory.update(uid, copy, { taskId: task.id, failure: undefined });
        deps.note(seen, { reason: 'Preparing', message: `is being prepared at ${copy.namespace}/${copy.name}` });
      } else if (task) settle(task, seen, copy, { deps, site });
      return 'Progressed';
    }
  }
}

interface Settling {
  readonly deps: ImageExecuteDeps;
  readonly site: ProviderSite;
}

function described(
  answer: { readonly complete: boolean; readonly preparedId: string; readonly task: Task | undefined },
  seen: ObservedImage,
  copy: ObservedCopy,
  { deps, site }: Settling,
): void {
  const uid = seen.image.metadata.uid ?? '';
  if (answer.task?.state === TaskState.RUNNING) {
    site.tasks.heard(answer.task);
    deps.memory.update(uid, copy, { taskId: answer.task.id, failure: undefined });
    return;
  }
  deps.memory.update(uid, copy, {
    answer: answer.complete ? { kind: 'Complete', preparedId: answer.preparedId } : { kind: 'Incomplete' },
    failure: undefined,
  });
}

function settle(task: Task, seen: ObservedImage, copy: ObservedCopy, { deps, site }: Settling): void {
  const uid = seen.image.metadata.uid ?? '';
  site.tasks.settle(task.id);
  if (task.state === TaskState.SUCCEEDED) {
    deps.memory.update(uid, copy, {
      taskId: undefined,
      failure: undefined,
      answer: { kind: 'Complete', preparedId: task.resultId },
    });
    deps.note(seen, { reason: 'Prepared', message: `is ready at ${copy.namespace}/${copy.name}` });
    return;
  }
  const failure = failureOfTask(task.kind, task.error, (code, reason) =>
    classify(new ContractError({ code: code === Code.OK ? Code.UNKNOWN : code, reason, message: '' }), 'mutation'),
  );
  deps.memory.update(uid, copy, { taskId: undefined, answer: undefined });
  failed(failure, seen, copy, deps);
}

function failed(failure: Failure, seen: ObservedImage, copy: ObservedCopy, deps: ImageExecuteDeps): void {
  const uid = seen.image.metadata.uid ?? '';
  const attempts = (deps.memory.get(uid, copy).failure?.attempts ?? 0) + 1;
  const waitMs = failure.class === 'rejected' ? refusedMs : backoffMs(attempts, backoff);
  const entry = { failure, attempts, retryAtMs: seen.monotonicMs + waitMs, fingerprint: copy.fingerprint };
  deps.memory.update(uid, copy, { failure: entry, answer: undefined });
  if (attempts > 1) return;
  const reason = failure.reason === Reason.ChecksumMismatch ? 'ChecksumMismatch' : 'PrepareFailed';
  deps.note(seen, { reason, message: `${copy.namespace}/${copy.name}: ${failure.call}: ${failure.message}` });
}

function ownerOf({ image }: ObservedImage, { clusterId }: ImageExecuteDeps) {
  const { namespace, name, uid } = image.metadata;
  return { clusterId, namespace: namespace ?? '', name, uid: uid ?? '', kind: 'VMImage' };
}
