import { Annotation } from '@virtrigaud/api-types';
import { Lifecycle, PowerState } from '@virtrigaud/grpc-contract/client';
import { backoffMs, type Backoff } from '../transport/backoff.ts';
import type { Failure } from '../transport/failure.ts';
import { sortDifferences } from './actionable-differences.ts';
import { stalledRetryMs } from './held-back.ts';
import type { Attempt, Observed, Remembered, Verb } from './observed.ts';

const nothing: Remembered = {
  attempts: {},
  deleteDone: false,
  reconfigured: undefined,
  refusedOnline: [],
  shutdownAskedMs: undefined,
  cancelledTask: undefined,
  settledTask: undefined,
  taskInTheWay: undefined,
  lookedFor: undefined,
  rebootedFor: undefined,
};

const backoffs: Readonly<Record<Failure['class'], Backoff>> = {
  'unknown-outcome': { baseMs: 1_000, maxMs: 60_000 },
  'in-progress': { baseMs: 1_000, maxMs: 30_000 },
  absent: { baseMs: 1_000, maxMs: 30_000 },
  blocked: { baseMs: 10_000, maxMs: 300_000 },
  rejected: { baseMs: stalledRetryMs, maxMs: stalledRetryMs },
};

/** What this process remembers of each VM, by uid. Losing it costs a Describe each. */
export class VmMemory {
  readonly #byUid = new Map<string, Remembered>();

  get(uid: string): Remembered {
    return this.#byUid.get(uid) ?? nothing;
  }

  update(uid: string, change: Partial<Remembered>): void {
    this.#byUid.set(uid, { ...this.get(uid), ...change });
  }

  forget(uid: string): void {
    this.#byUid.delete(uid);
  }

  /** Remembers a failure; the next attempt of the same operation waits longer. */
  failed(
    seen: Observed,
    verb: Verb,
    { operationId, failure }: { readonly operationId: string; readonly failure: Failure },
  ): void {
    const uid = seen.vm.metadata.uid ?? '';
    const { attempts } = this.get(uid);
    const before = attempts[verb];
    const count = before?.operationId === operationId ? before.attempts + 1 : 1;
    const waitMs = Math.max(backoffMs(count, backoffs[failure.class]), failure.retryDelayMs ?? 0);
    const attempt: Attempt = {
      operationId,
      failure,
      attempts: count,
      retryAtMs: seen.monotonicMs + waitMs,
      fingerprint: (seen.bound ?? seen.named).fingerprint,
    };
    this.update(uid, { attempts: { ...attempts, [verb]: attempt } });
  }

  succeeded(uid: string, verb: Verb): void {
    const { [verb]: _gone, ...attempts } = this.get(uid).attempts;
    this.update(uid, { attempts });
  }

  /** Wakes whatever is refused: what it names may have changed. */
  wake(uid: string): void {
    if (this.#byUid.has(uid)) this.update(uid, { attempts: {}, reconfigured: undefined });
  }

  /** Forgets what the observation has overtaken; call it before planning. @returns what is still remembered. */
  tidy(seen: Observed): Remembered {
    const uid = seen.vm.metadata.uid ?? '';
    const now = seen.vm.metadata.annotations?.[Annotation.ReconcileNow];
    const isNew = now !== undefined && now !== seen.vm.status?.handledReconcileNow && now !== this.get(uid).lookedFor;
    if (isNew && Object.keys(this.get(uid).attempts).length > 0) this.wake(uid);
    if (seen.remote.kind === 'Present' && seen.remote.vm.lifecycle === Lifecycle.READY) this.#tidyReady(seen, uid);
    return this.get(uid);
  }

  #tidyReady(seen: Observed, uid: string): void {
    if (seen.remote.kind !== 'Present') return;
    const { vm } = seen.remote;
    const { attempts, refusedOnline, shutdownAskedMs } = this.get(uid);
    if (attempts.Create || attempts.Adopt) {
      this.succeeded(uid, 'Create');
      this.succeeded(uid, 'Adopt');
    }
    const reached = vm.powerState === (seen.vm.spec.powerState === 'On' ? PowerState.ON : PowerState.OFF);
    if (reached && attempts.Power) this.succeeded(uid, 'Power');
    if (vm.powerState === PowerState.OFF && (refusedOnline.length > 0 || shutdownAskedMs !== undefined)) {
      this.update(uid, { refusedOnline: [], shutdownAskedMs: undefined });
    }
    const { toSend, ineffective, waitingForOff } = sortDifferences(seen, vm);
    if (toSend.length === 0 && attempts.Reconfigure) this.succeeded(uid, 'Reconfigure');
    if (toSend.length + ineffective.length + waitingForOff.length === 0 && this.get(uid).reconfigured) {
      this.update(uid, { reconfigured: undefined });
    }
  }
}
