import {
  Code,
  ContractError,
  createProviderClient,
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthName,
  Reason,
  type PartialMessage,
  type ProviderClient,
  type ValidateRequest,
} from '@virtrigaud/grpc-contract/client';
import type { Clock, Logger, Random } from '@virtrigaud/kube-runtime';
import { auditInventory } from '../inventory/audit.ts';
import { Inventory } from '../inventory/inventory.ts';
import { watchVms } from '../inventory/watch-vms.ts';
import { TaskBoard } from '../tasks/task-board.ts';
import { watchTasks } from '../tasks/watch-tasks.ts';
import { jitteredBackoffMs } from '../transport/backoff.ts';
import { Breaker, type BreakerState } from '../transport/breaker.ts';
import type { Failure } from '../transport/failure.ts';
import {
  callMetadata,
  createProviderChannel,
  sleep,
  type CallMetrics,
  type ProviderChannel,
} from '../transport/provider-channel.ts';
import type { ProviderSite } from '../virtual-machine/ports.ts';
import { failureWords, initialState, type ConnectionState } from './connection-state.ts';
import { judgeAgreement } from './handshake.ts';

const reconnectBackoff = { baseMs: 200, maxMs: 10_000 };
/** How long refused credentials are left alone before they are tried again, in milliseconds; a changed Secret is tried at once. */
const rejectedRetryMs = 5 * 60_000;

/** What a leader needs to fence its calls. */
export interface Term {
  current(): number;
  /** Raises our Lease above a term that an endpoint has seen. */
  raiseAbove(term: number): Promise<unknown>;
  leaseRemainingMs(): number;
}

/** Whom a connection tells. */
export interface ConnectionListener {
  /** {@link ProviderConnection.state} or the inventory's health changed. */
  changed(): void;
  vmChanged(uid: string): void;
  inventoryConfirmed(): void;
  breaker(state: BreakerState): void;
}

/** Settings of {@link ProviderConnection}. */
export interface ProviderConnectionOptions {
  readonly address: string;
  readonly expectedType: string;
  readonly clusterId: string;
  /** What Validate looks at: the Provider's defaults. */
  readonly defaults: PartialMessage<ValidateRequest>;
  readonly term: Term;
  readonly listener: ConnectionListener;
  readonly metrics: CallMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly newCorrelationId: () => string;
}

/**
 * The connection to one Provider: handshake (which announces our term before any mutation), health, inventory, tasks and audit,
 * each followed for as long as it runs and through every failure.
 */
export class ProviderConnection implements ProviderSite {
  readonly channel: ProviderChannel;
  readonly inventory: Inventory;
  readonly tasks: TaskBoard;
  readonly refused = (failure: Failure): void => this.#refused(failure);
  readonly #options: ProviderConnectionOptions;
  readonly #client: ProviderClient;
  readonly #breaker: Breaker;
  readonly #stop = new AbortController();
  #state: ConnectionState = initialState;
  #validating = false;
  #cancelQuestion: () => void = () => undefined;
  #running: Promise<void> | undefined;

  constructor(options: ProviderConnectionOptions) {
    const { address, clock, random, metrics, listener, term } = options;
    this.#options = options;
    this.#client = createProviderClient({ address, channelOptions });
    this.#breaker = new Breaker({ clock, probe: () => this.#probe(), onState: (state) => this.#breakerChanged(state) });
    this.channel = createProviderChannel({
      client: this.#client,
      breaker: this.#breaker,
      clock,
      random,
      metrics,
      leaseRemainingMs: () => term.leaseRemainingMs(),
    });
    this.inventory = new Inventory({
      changed: (uid) => listener.vmChanged(uid),
      healthChanged: () => listener.changed(),
      confirmed: () => listener.inventoryConfirmed(),
    });
    this.tasks = new TaskBoard(clock);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Connects, and stays connected until {@link stop}. */
  start(): void {
    this.#running ??= this.#run(this.#stop.signal);
  }

  /** Ends the streams and closes the channel. Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#cancelQuestion();
    await this.#running;
    this.#breaker.close();
    this.#client.close();
  }

  /** The credentials have changed: what was refused may be accepted now. */
  credentialsChanged(): void {
    this.#set({ rejected: undefined });
    void this.#validate();
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    let streams: Promise<unknown> | undefined;
    while (!signal.aborted) {
      if (await this.#handshake(signal)) {
        failures = 0;
        streams ??= this.#followStreams(signal);
        await this.#watchHealth(signal);
      }
      failures += 1;
      await sleep(this.#options.clock, jitteredBackoffMs(failures, reconnectBackoff, this.#options.random), signal);
    }
    await streams;
  }

  /** Announces our term and learns what the provider is. @returns whether it can be used. */
  async #handshake(signal: AbortSignal): Promise<boolean> {
    const { term, clusterId, expectedType, clock } = this.#options;
    const reply = await this.channel.call({
      method: 'getProviderInfo',
      request: { clusterId, term: BigInt(term.current()) },
      subject: '',
      kind: 'read',
      correlationId: this.#options.newCorrelationId(),
      signal,
      bypassBreaker: true,
    });
    if (signal.aborted) return false;
    if (!reply.ok) {
      this.#lost(
        reply.failure.code === Code.UNAVAILABLE ? 'Unreachable' : 'HandshakeFailed',
        failureWords(reply.failure),
      );
      return false;
    }
    const info = reply.value;
    if (info.highestTerm > BigInt(term.current())) {
      // A Lease was deleted or restored: an older leader's number must not outrank ours.
      await term.raiseAbove(Number(info.highestTerm));
      return false;
    }
    const agreement = judgeAgreement(info, expectedType);
    this.#set({ reach: { kind: 'Connected', sinceMs: clock.epochMs() }, agreement, info });
    return agreement.kind === 'Compatible';
  }

  #followStreams(signal: AbortSignal): Promise<unknown> {
    const { clusterId, clock, random, logger, newCorrelationId } = this.#options;
    const shared = { client: this.#client, clusterId, clock, random, logger };
    return Promise.all([
      watchVms({ ...shared, inventory: this.inventory, correlationId: newCorrelationId() }, signal),
      watchTasks({ ...shared, board: this.tasks, correlationId: newCorrelationId() }, signal),
      auditInventory(
        { channel: this.channel, clusterId, inventory: this.inventory, clock, random, newCorrelationId },
        signal,
      ),
    ]);
  }

  /** Follows the provider's own look at its hypervisor, until the stream ends. */
  async #watchHealth(signal: AbortSignal): Promise<void> {
    const call = { signal, metadata: callMetadata(this.#options.newCorrelationId()) };
    let why = 'the provider ended its health stream';
    try {
      for await (const { status } of this.#client.health.watch({ service: HealthName.provider }, call))
        this.#healthIs(status);
    } catch (error) {
      if (error instanceof ContractError && error.code === Code.UNIMPLEMENTED) {
        await this.#untilStopped(signal);
        return;
      }
      why = error instanceof Error ? error.message : String(error);
    }
    if (!signal.aborted) this.#lost('Unreachable', why);
  }

  #untilStopped(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  #healthIs(status: ServingStatus): void {
    const { health } = this.#state;
    const sinceMs = this.#options.clock.epochMs();
    if (status === ServingStatus.SERVING) {
      if (health.kind === 'Serving') return;
      this.#set({ health: { kind: 'Serving', sinceMs } });
    } else if (status === ServingStatus.NOT_SERVING) {
      if (health.kind === 'NotServing') return;
      this.#set({ health: { kind: 'NotServing', sinceMs } });
    } else return;
    void this.#validate();
  }

  /** Asks once why health is as it is; single-flight. */
  async #validate(): Promise<void> {
    if (this.#validating || this.#stop.signal.aborted) return;
    this.#validating = true;
    try {
      const reply = await this.#callValidate();
      if (reply.ok) {
        const isGood = reply.value.ok || reply.value.reason !== Reason.CredentialsRejected;
        this.#set({
          validation: reply.value,
          ...(isGood
            ? { rejected: undefined }
            : { rejected: { why: reply.value.message, sinceMs: this.#options.clock.epochMs() } }),
        });
      } else if (reply.failure.code === Code.UNAUTHENTICATED) {
        this.#set({ rejected: { why: failureWords(reply.failure), sinceMs: this.#options.clock.epochMs() } });
      }
    } finally {
      this.#validating = false;
    }
    if (this.#state.rejected) this.#askAgainLater();
  }

  /** Seldom: each question is a login, and too many wrong ones lock an account. */
  #askAgainLater(): void {
    this.#cancelQuestion();
    this.#cancelQuestion = this.#options.clock.schedule(rejectedRetryMs, () => void this.#validate());
  }

  #callValidate() {
    return this.channel.call({
      method: 'validate',
      request: this.#options.defaults,
      subject: '',
      kind: 'read',
      correlationId: this.#options.newCorrelationId(),
      signal: this.#stop.signal,
      bypassBreaker: true,
    });
  }

  /** The breaker's question whether the hypervisor is back. */
  async #probe(): Promise<void> {
    const reply = await this.#callValidate();
    const isBack = reply.ok
      ? reply.value.ok || reply.value.reason !== Reason.HypervisorUnreachable
      : reply.failure.class !== 'unknown-outcome';
    if (!isBack)
      throw new ContractError({
        code: Code.UNAVAILABLE,
        reason: Reason.HypervisorUnreachable,
        message: 'not back yet',
      });
  }

  /** Marks the Provider, so that not every VM tries in turn, and asks once whether the refusal stands. */
  #refused(failure: Failure): void {
    if (failure.code === Code.UNAUTHENTICATED && !this.#state.rejected) {
      this.#set({ rejected: { why: failureWords(failure), sinceMs: this.#options.clock.epochMs() } });
    }
    void this.#validate();
  }

  #lost(kind: 'Unreachable' | 'HandshakeFailed', why: string): void {
    const { reach } = this.#state;
    if (reach.kind === kind && reach.why === why) return;
    const sinceMs =
      reach.kind === 'Unreachable' || reach.kind === 'HandshakeFailed' ? reach.sinceMs : this.#options.clock.epochMs();
    this.#set({ reach: { kind, why, sinceMs }, health: { kind: 'Unknown' } });
    this.#options.logger.warn('provider is out of reach', { why });
  }

  #breakerChanged(state: BreakerState): void {
    this.#options.listener.breaker(state);
    if (state !== 'half-open')
      this.#set({ breakerOpenSinceMs: state === 'open' ? this.#options.clock.epochMs() : undefined });
  }

  #set(change: Partial<ConnectionState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.listener.changed();
  }
}

/** Seldom while idle, so that a server with default settings does not strike; a frozen peer is found in time. */
const channelOptions = {
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 5_000,
  'grpc.max_receive_message_length': 16 * 1024 * 1024,
};
