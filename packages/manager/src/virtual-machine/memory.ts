import { isDeepStrictEqual } from 'node:util';
import { Annotation, Finalizer, type VirtualMachine } from '@virtrigaud/api-types';
import { Lifecycle, PowerState, Reason } from '@virtrigaud/grpc-contract/client';
import { objectKey, type ObjectKey } from '@virtrigaud/kube-runtime';
import { backoffMs, type Backoff } from '../transport/backoff.ts';
import type { Failure } from '../transport/failure.ts';
import { sortDifferences } from './actionable-differences.ts';
import { hypervisorName } from './desired/identity.ts';
import { stalledRetryMs } from './held-back.ts';
import type { Attempt, Observed, Remembered, Verb } from './observed.ts';
import type { RawVirtualMachine } from './ports.ts';

const nothing: Remembered = {
  attempts: {},
  done: {},
  deleteDone: false,
  released: false,
  unseenSinceMs: undefined,
  createUntilMs: undefined,
  reconfiguring: undefined,
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

/** After a success without an effect; the first repetition is immediate. */
const repeatBackoff: Backoff = { baseMs: 1_000, maxMs: 60_000 };

/** An object, checked and with its defaults; or read with care, and what is wrong with it. */
export interface ParsedVm {
  readonly vm: VirtualMachine;
  readonly invalid: string | undefined;
}

/** An object as it was looked at last, and what came of it. */
export interface KnownVm {
  readonly raw: RawVirtualMachine;
  readonly parsed: ParsedVm;
}

/** VMs that are worked at right now are looked at several times each; more of them are not worth their memory. */
const keptParsed = 256;

/** What this process remembers of each VM, by uid. Losing it costs a Describe each. */
export class VmMemory {
  readonly #byUid = new Map<string, Remembered>();
  /** Keys of the VMs that were refused because another bears the name, by that name. */
  readonly #waitingForName = new Map<string, Map<string, ObjectKey>>();
  /** By uid, the latest last. Objects of a store are never changed in place. */
  readonly #parsed = new Map<string, KnownVm>();

  /**
   * What `parse` makes of an object; not again while it is the same object. A spec that says what it said before is the very same
   * value as before, so that what follows from it need not be worked out again.
   */
  parsed(raw: RawVirtualMachine, parse: (raw: RawVirtualMachine, known?: KnownVm) => ParsedVm): ParsedVm {
    const { uid = '' } = raw.metadata;
    const known = this.#parsed.get(uid);
    const parsed = known?.raw === raw ? known.parsed : withSpecOf(known?.parsed, parse(raw, known));
    this.#parsed.delete(uid);
    this.#parsed.set(uid, { raw, parsed });
    const [oldest] = this.#parsed.keys();
    if (oldest !== undefined && this.#parsed.size > keptParsed) this.#parsed.delete(oldest);
    return parsed;
  }

  get(uid: string): Remembered {
    return this.#byUid.get(uid) ?? nothing;
  }

  update(uid: string, change: Partial<Remembered>): void {
    this.#byUid.set(uid, { ...this.get(uid), ...change });
  }

  /** Whether a Create may yet begin that nobody has answered. */
  hasOpenCreate(monotonicMs: number): boolean {
    return [...this.#byUid.values()].some(({ createUntilMs }) => (createUntilMs ?? 0) > monotonicMs);
  }

  forget(uid: string): void {
    this.#byUid.delete(uid);
    for (const waiting of this.#waitingForName.values()) waiting.delete(uid);
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
    if (failure.reason === Reason.NameTaken) this.#waitsForName(seen);
  }

  #waitsForName({ vm }: Observed): void {
    const { name, namespace = '' } = vm.metadata;
    const onHypervisor = vm.spec.hypervisorName ?? hypervisorName(namespace, name);
    const waiting = this.#waitingForName.get(onHypervisor) ?? new Map<string, ObjectKey>();
    this.#waitingForName.set(onHypervisor, waiting.set(vm.metadata.uid ?? '', objectKey(vm.metadata)));
  }

  /** Wakes what was refused because another VM bore this name. @returns whose keys are to be worked. */
  nameFreed(name: string): readonly ObjectKey[] {
    const waiting = this.#waitingForName.get(name);
    this.#waitingForName.delete(name);
    for (const uid of waiting?.keys() ?? []) this.wake(uid);
    return [...(waiting?.values() ?? [])];
  }

  #forgetAttempt(uid: string, verb: Verb): void {
    if (this.get(uid).attempts[verb] !== undefined) this.succeeded(uid, verb);
  }

  succeeded(uid: string, verb: Verb): void {
    const { [verb]: _gone, ...attempts } = this.get(uid).attempts;
    this.update(uid, { attempts });
  }

  /** Remembers that a mutation was done; where its effect is never seen, the same is not sent in a loop. */
  did(seen: Observed, verb: Verb, operationId: string): void {
    const uid = seen.vm.metadata.uid ?? '';
    const { done } = this.get(uid);
    const before = done[verb];
    const times = before?.operationId === operationId ? before.times + 1 : 1;
    const waitMs = times === 1 ? 0 : backoffMs(times - 1, repeatBackoff);
    this.update(uid, { done: { ...done, [verb]: { operationId, times, retryAtMs: seen.monotonicMs + waitMs } } });
  }

  /** Wakes whatever is refused: what it names may have changed. */
  wake(uid: string): void {
    if (this.#byUid.has(uid)) this.update(uid, { attempts: {}, done: {}, reconfigured: undefined });
  }

  /** Forgets what the observation has overtaken; call it before planning. @returns what is still remembered. */
  tidy(seen: Observed): Remembered {
    const uid = seen.vm.metadata.uid ?? '';
    const now = seen.vm.metadata.annotations?.[Annotation.ReconcileNow];
    const isNew = now !== undefined && now !== seen.vm.status?.handledReconcileNow && now !== this.get(uid).lookedFor;
    if (isNew && Object.keys(this.get(uid).attempts).length > 0) this.wake(uid);
    const { createUntilMs } = this.get(uid);
    if (seen.remote.kind === 'Present' && createUntilMs !== undefined && seen.monotonicMs >= createUntilMs)
      this.update(uid, { createUntilMs: undefined });
    // What was refused has been written after all, by us or by somebody else.
    const { deletionTimestamp, finalizers = [] } = seen.vm.metadata;
    if (deletionTimestamp === undefined && finalizers.includes(Finalizer.VirtualMachine))
      this.#forgetAttempt(uid, 'Finalizer');
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
    this.#tidyDone(uid, { Create: true, Adopt: true, Power: reached });
    if (vm.powerState === PowerState.OFF && (refusedOnline.length > 0 || shutdownAskedMs !== undefined)) {
      this.update(uid, { refusedOnline: [], shutdownAskedMs: undefined });
    }
    const { toSend, ineffective, waitingForOff } = sortDifferences(seen, vm);
    if (toSend.length === 0 && attempts.Reconfigure) this.succeeded(uid, 'Reconfigure');
    this.#tidyDone(uid, { Reconfigure: toSend.length === 0 });
    if (toSend.length + ineffective.length + waitingForOff.length === 0 && this.get(uid).reconfigured) {
      this.update(uid, { reconfigured: undefined });
    }
  }

  /** Forgets successes whose effect has been seen. */
  #tidyDone(uid: string, seenEffects: Readonly<Partial<Record<Verb, boolean>>>): void {
    const { done } = this.get(uid);
    const left = Object.entries(done).filter(([verb]) => seenEffects[verb as Verb] !== true);
    if (left.length < Object.keys(done).length) this.update(uid, { done: Object.fromEntries(left) });
  }
}

function withSpecOf(before: ParsedVm | undefined, parsed: ParsedVm): ParsedVm {
  if (!before || before.vm.spec === parsed.vm.spec || !isDeepStrictEqual(before.vm.spec, parsed.vm.spec)) return parsed;
  return { ...parsed, vm: { ...parsed.vm, spec: before.vm.spec } };
}
