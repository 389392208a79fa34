import type { ServerCall } from '@virtrigaud/grpc-contract/server';
import type { Logger } from '@virtrigaud/service-kit';
import type { AnyImplementation, CallContext, ListContext, MutationContext } from './implementation.ts';
import type { InventoryFeed } from './inventory/inventory-feed.ts';
import type { Inventory } from './inventory/inventory.ts';
import { ProviderError } from './provider-error.ts';
import type { SessionKeeper } from './session/session-keeper.ts';
import type { Mutation } from './wire/decode-mutation.ts';
import { checkExpiry, type Creations } from './work/expiry.ts';
import type { Fence } from './work/fence.ts';
import type { TaskBoard } from './work/task-board.ts';
import type { WorkRegistry } from './work/work-registry.ts';

/** What one served provider consists of; each call's file takes from it what it needs. */
export interface Runtime {
  readonly implementation: AnyImplementation;
  /** Changes with every process. */
  readonly instanceId: string;
  readonly logger: Logger;
  readonly keeper: SessionKeeper<unknown>;
  readonly inventory: Inventory;
  readonly feed: InventoryFeed;
  readonly fence: Fence;
  readonly creations: Creations;
  readonly works: WorkRegistry;
  readonly tasks: TaskBoard;
  /** Aborts when the provider drains: streams end then. */
  readonly draining: AbortSignal;
}

/** What a read is given. */
export function readContext(runtime: Runtime, call: ServerCall): CallContext {
  return {
    get signal() {
      return call.signal;
    },
    remainingMs: () => call.remainingMs(),
    logger: runtime.logger,
  };
}

/** What a list is given. */
export function listContext(runtime: Runtime, call: ServerCall, unreadable: ListContext['unreadable']): ListContext {
  return {
    get signal() {
      return call.signal;
    },
    remainingMs: () => call.remainingMs(),
    logger: runtime.logger,
    unreadable,
  };
}

/** What a mutation is given. */
export function mutationContext(
  runtime: Runtime,
  call: ServerCall,
  { kind, mutation }: { readonly kind: string; readonly mutation: Mutation },
): MutationContext {
  const { owner, operationId, term } = mutation;
  const checkTerm = () => {
    runtime.fence.check(owner.clusterId, term);
  };
  const checkToBegin = () => {
    checkTerm();
    checkExpiry(kind, mutation);
  };
  // What has begun goes on, as a task, beyond the time by which it had to begin; the call itself ends then, as at its deadline.
  let hasBegun = false;
  const checkStep = () => {
    (hasBegun ? checkTerm : checkToBegin)();
    hasBegun = true;
  };
  return {
    get signal() {
      return call.signal;
    },
    remainingMs: () => call.remainingMs(),
    logger: runtime.logger,
    owner,
    operationId,
    checkTerm,
    checkToBegin,
    checkBeforeEffect: () => {
      checkToBegin();
      if (call.remainingMs() === 0) {
        throw new ProviderError('DeadlineExceeded', { message: `${kind}: nobody waits for the answer any more` });
      }
      hasBegun = true;
    },
    startTask: (start, run) =>
      runtime.tasks.begin({
        id: start.id ?? `${kind}/${owner.uid}/${operationId}`,
        operationId,
        kind,
        clusterId: owner.clusterId,
        vmId: start.vmId,
        stage: start.stage,
        cancellable: start.cancellable ?? false,
        checkStep,
        run,
      }),
  };
}
