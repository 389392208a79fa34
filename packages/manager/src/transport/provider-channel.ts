import {
  classify,
  Code,
  CONTRACT_REVISION,
  ContractError,
  MetadataKey,
  type ProviderClient,
  type UnaryCallOptions,
} from '@virtrigaud/grpc-contract/client';
import type { Clock, Random } from '@virtrigaud/kube-runtime';
import { jitteredBackoffMs, type Backoff } from './backoff.ts';
import { BreakerOpenError, type Breaker } from './breaker.ts';
import { failureOf, type Failure } from './failure.ts';
import { onlyTo, type Instance, type Route } from './route.ts';

/** How long calls may take, in milliseconds, retries included. */
export interface CallTimeouts {
  readonly readMs: number;
  readonly taskStatusMs: number;
  /** A mutation only has to be accepted. */
  readonly mutationMs: number;
}

export const defaultCallTimeouts: CallTimeouts = { readMs: 30_000, taskStatusMs: 10_000, mutationMs: 60_000 };

/** Repetitions inside one call, on UNAVAILABLE only. */
const retryBackoff: Backoff = { baseMs: 100, maxMs: 2_000 };
const maxAttempts = 4;

/** A unary call of the contract, by its name in TypeScript. */
export type UnaryMethod = Exclude<keyof ProviderClient, 'health' | 'close' | 'watchVMs' | 'watchTasks'>;
type RequestOf<M extends UnaryMethod> = Parameters<ProviderClient[M]>[0];
type ResponseOf<M extends UnaryMethod> = Awaited<ReturnType<ProviderClient[M]>>;

/** Told of each attempt; feeds `grpc_client_started_total`, `grpc_client_handled_total` and its histogram. */
export interface CallMetrics {
  /** @param method - the full path, `/package.Service/Method`. */
  started(method: string): void;
  /** @param code - the gRPC status number. */
  finished(method: string, code: number, seconds: number): void;
}

const servicePath = '/virtrigaud.provider.v1.Provider/';

/** One call. */
export interface CallSpec<M extends UnaryMethod> {
  readonly method: M;
  readonly request: RequestOf<M>;
  /** Whom it is about: a VM's uid, or '' for the Provider itself. */
  readonly subject: string;
  /** A mutation is not sent unless its deadline lies within the lease. */
  readonly kind: 'read' | 'mutation';
  readonly correlationId: string;
  readonly signal: AbortSignal;
  /** Overrides the deadline of its kind. */
  readonly timeoutMs?: number;
  /** Not subject to the breaker: the breaker's own probe, and the handshake. */
  readonly bypassBreaker?: true;
}

/** A call that ended, as a value. */
export type Reply<T> = (
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure }
) & {
  /**
   * Until when, on the monotonic clock, a provider may yet begin what an attempt without an answer asked for, also where a later
   * attempt was answered. Undefined where each attempt was answered.
   */
  readonly openUntilMs?: number;
};

/** Settings of {@link createProviderChannel}. */
export interface ProviderChannelOptions {
  readonly route: Route;
  readonly breaker: Breaker;
  readonly timeouts?: CallTimeouts;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: CallMetrics;
  /** For how much longer nobody else can lead, in milliseconds. */
  readonly leaseRemainingMs: () => number;
}

/** The way to one provider: choice of the instance, deadline, retry, breaker, metadata and metrics around every unary call. */
export interface ProviderChannel {
  /** Never rejects: a failure is a value, and an unknown outcome says so. */
  call<M extends UnaryMethod>(spec: CallSpec<M>): Promise<Reply<ResponseOf<M>>>;
}

/** A mutation is not begun with less than this left of the lease, so that it cannot outlive its leader. */
const leaseMarginMs = 2_000;

export function createProviderChannel(options: ProviderChannelOptions): ProviderChannel {
  return {
    async call(spec) {
      const name = spec.method.charAt(0).toUpperCase() + spec.method.slice(1);
      const open: Open = { untilMs: undefined };
      const told = () => (spec.kind === 'read' || open.untilMs === undefined ? {} : { openUntilMs: open.untilMs });
      try {
        const isOfTask = spec.method === 'taskStatus' || spec.method === 'cancelTask';
        const send = () => (isOfTask ? askWhoKnows(options, spec, name) : sendWithRetry(options, spec, { name, open }));
        const value = spec.bypassBreaker ? await send() : await options.breaker.run(spec.subject, send);
        return { ok: true, value, ...told() };
      } catch (error) {
        return { ok: false, failure: failureOf(name, spec.kind, asContractError(error)), ...told() };
      }
    },
  };
}

/** What attempts without an answer may yet do. */
interface Open {
  untilMs: number | undefined;
}

async function sendWithRetry<M extends UnaryMethod>(
  options: ProviderChannelOptions,
  spec: CallSpec<M>,
  { name, open }: { readonly name: string; readonly open: Open },
): Promise<ResponseOf<M>> {
  const { clock, random } = options;
  const budgetMs = deadlineMs(options, spec);
  const endMs = clock.monotonicMs() + budgetMs;
  const request = notAfter(spec.request, clock.epochMs() + budgetMs);
  const failed = new Set<Instance>();
  for (let attempt = 1; ; attempt += 1) {
    const instance = options.route.pick(spec.subject, failed);
    const timeoutMs = endMs - clock.monotonicMs();
    if (timeoutMs <= 0 && attempt === 1) throw notSent(name);
    if (timeoutMs <= 0)
      throw new ContractError({ code: Code.DEADLINE_EXCEEDED, message: `${name}: no time left to send it again` });
    try {
      if (!instance) throw nobodyThere(name);
      return await sendOnce(options, { ...spec, request }, { instance, name, timeoutMs });
    } catch (error) {
      if (instance) failed.add(instance);
      if (instance && isUnanswered(error)) open.untilMs = endMs;
      const waitMs = jitteredBackoffMs(attempt, retryBackoff, random);
      if (attempt >= maxAttempts || !isRetryable(error) || clock.monotonicMs() + waitMs >= endMs) throw error;
      await sleep(clock, waitMs, spec.signal);
    }
  }
}

/**
 * A task runs in one instance, and the others may not know of it: that it is not found counts only when all have said so that may
 * know, and none of them is silent.
 */
async function askWhoKnows<M extends UnaryMethod>(
  options: ProviderChannelOptions,
  spec: CallSpec<M>,
  name: string,
): Promise<ResponseOf<M>> {
  const { instances, silent } = options.route.knowers(spec.subject);
  let absent: ContractError | undefined;
  for (const instance of instances) {
    try {
      return await sendWithRetry({ ...options, route: onlyTo(instance) }, spec, { name, open: { untilMs: undefined } });
    } catch (error) {
      if (!(error instanceof ContractError) || error.code !== Code.NOT_FOUND) throw error;
      absent = error;
    }
  }
  if (absent && silent.length === 0) throw absent;
  throw silent.length === 0 ? nobodyThere(name) : unanswered(name, silent, absent);
}

function nobodyThere(name: string): ContractError {
  return new ContractError({ code: Code.UNAVAILABLE, message: `${name}: no instance of the provider is ready` });
}

/** Where the others have answered, this says nothing of the way to the hypervisor: the breaker does not count it. */
function unanswered(name: string, silent: readonly string[], answered: ContractError | undefined): ContractError {
  return new ContractError({
    code: Code.UNAVAILABLE,
    reason: answered && 'TASK_UNCERTAIN',
    message: `${name}: replica ${silent.join(', ')} may know the task, and does not answer`,
  });
}

interface Attempt {
  readonly instance: Instance;
  readonly name: string;
  readonly timeoutMs: number;
}

async function sendOnce<M extends UnaryMethod>(
  { clock, metrics }: ProviderChannelOptions,
  spec: CallSpec<M>,
  { instance, name, timeoutMs }: Attempt,
): Promise<ResponseOf<M>> {
  const startedMs = clock.monotonicMs();
  const path = servicePath + name;
  const finished = (code: number) => metrics.finished(path, code, (clock.monotonicMs() - startedMs) / 1000);
  const method = instance.client[spec.method] as (
    request: RequestOf<M>,
    call: UnaryCallOptions,
  ) => Promise<ResponseOf<M>>;
  metrics.started(path);
  const ended = instance.begin(spec.kind === 'mutation' ? startedMs + timeoutMs : undefined);
  try {
    const response = await method(spec.request, {
      timeoutMs,
      signal: spec.signal,
      metadata: callMetadata(spec.correlationId),
    });
    finished(Code.OK);
    return response;
  } catch (error) {
    finished(error instanceof ContractError ? error.code : Code.UNKNOWN);
    throw error;
  } finally {
    ended();
  }
}

/** What every request tells the provider beside its message. */
export function callMetadata(correlationId: string): Readonly<Record<string, string>> {
  return { [MetadataKey.contract]: String(CONTRACT_REVISION), [MetadataKey.correlationId]: correlationId };
}

function deadlineMs<M extends UnaryMethod>(options: ProviderChannelOptions, spec: CallSpec<M>): number {
  const timeouts = options.timeouts ?? defaultCallTimeouts;
  if (spec.timeoutMs !== undefined) return spec.timeoutMs;
  if (spec.method === 'taskStatus') return timeouts.taskStatusMs;
  if (spec.kind === 'read') return timeouts.readMs;
  return Math.min(timeouts.mutationMs, options.leaseRemainingMs() - leaseMarginMs);
}

/** Nothing left this process: neither is the outcome unknown, nor does it speak of the hypervisor. */
function notSent(name: string): ContractError {
  return new ContractError({
    code: Code.FAILED_PRECONDITION,
    reason: 'LEASE_ENDING',
    message: `${name}: not sent, too little of the leader's lease is left`,
  });
}

/**
 * A mutation says by the clock on the wall when its sender stops counting on it: a deadline alone travels as the time that is left,
 * and starts anew where a call arrives that was held up.
 */
function notAfter<T>(request: T, epochMs: number): T {
  const { mutation } = request as { readonly mutation?: object };
  return mutation ? { ...request, mutation: { ...mutation, notAfter: new Date(epochMs) } } : request;
}

/** Nobody of the contract said what became of it. */
function isUnanswered(error: unknown): boolean {
  return (
    !(error instanceof ContractError) || (!error.hasErrorInfo && classify(error, 'mutation') === 'unknown-outcome')
  );
}

/** Repeating is safe for reads, and for mutations because they repeat their operation id; but only what never arrived is worth it. */
function isRetryable(error: unknown): boolean {
  return error instanceof ContractError && error.code === Code.UNAVAILABLE && !error.hasErrorInfo;
}

function asContractError(error: unknown): ContractError {
  if (error instanceof ContractError) return error;
  // The breaker held the call back: nothing was sent, which for a mutation is "blocked", and the Provider's condition says why.
  if (error instanceof BreakerOpenError) {
    return new ContractError({
      code: Code.FAILED_PRECONDITION,
      reason: 'CIRCUIT_OPEN',
      message: error.message,
      cause: error,
    });
  }
  return new ContractError({ code: Code.UNKNOWN, message: String(error), cause: error });
}

/** Waits, or ends early when `signal` aborts. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = () => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.schedule(delayMs, end);
    signal.addEventListener('abort', end, { once: true });
  });
}
