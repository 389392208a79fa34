import {
  Code,
  ContractError,
  createProviderClient,
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthName,
  type GetProviderInfoResponse,
  type ProviderClient,
} from '@virtrigaud/grpc-contract/client';
import type { Clock, Logger, Random } from '@virtrigaud/kube-runtime';
import type { Endpoint } from '../hosting/hosted-state.ts';
import type { TaskBoard } from '../tasks/task-board.ts';
import { watchTasks } from '../tasks/watch-tasks.ts';
import { jitteredBackoffMs } from '../transport/backoff.ts';
import { callMetadata, sleep, type Reply } from '../transport/provider-channel.ts';
import type { Instance } from '../transport/route.ts';
import { failureWords, initialLinkState, isUsable, type LinkState } from './connection-state.ts';
import { judgeAgreement } from './handshake.ts';

const reconnectBackoff = { baseMs: 200, maxMs: 10_000 };
/** How long an instance that is taken out may still take for the calls that it has, in milliseconds. */
const lastCallsMs = 60_000;
/** How long the process may take to say that it is there, in milliseconds. */
const answerWithinMs = 5_000;
/** How long an instance may be silent before somebody is told that it hangs, in milliseconds. */
const hangsAfterMs = 20_000;

/** When an idle connection is asked whether the other side is still there, and how long that may take. */
export interface Keepalive {
  readonly timeMs: number;
  readonly timeoutMs: number;
}

/**
 * Health and tasks are watched on each connection, so each always has a stream. A provider tells something at least each 15 s on
 * it, so that a server with default settings, which forgives pings after data, does not strike.
 */
export const defaultKeepalive: Keepalive = { timeMs: 20_000, timeoutMs: 10_000 };

/** Settings of {@link EndpointLink}. */
export interface EndpointLinkOptions {
  readonly endpoint: Endpoint;
  readonly expectedType: string;
  readonly clusterId: string;
  readonly keepalive: Keepalive;
  readonly tasks: TaskBoard;
  /** Asks this instance who it is, which announces our term to it. */
  readonly ask: (instance: Instance, signal: AbortSignal) => Promise<Reply<GetProviderInfoResponse>>;
  readonly term: { current(): number; raiseAbove(term: number): Promise<unknown> };
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly newCorrelationId: () => string;
  /** {@link EndpointLink.state} changed. */
  readonly changed: () => void;
  /** The provider's health was told: it is worth asking why it is so. */
  readonly healthTold: () => void;
  /** It has been silent for so long that it must hang. */
  readonly hangs: () => void;
}

/**
 * The connection to one instance of a provider: handshake (which announces our term before any mutation), health and tasks, each
 * followed for as long as it runs and through every failure.
 */
export class EndpointLink implements Instance {
  readonly name: string;
  readonly address: string;
  /** See {@link Endpoint.over}. */
  readonly over: AbortSignal | undefined;
  readonly client: ProviderClient;
  readonly #options: EndpointLinkOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #state: LinkState = initialLinkState;
  #calls = 0;
  #openUntilMs = 0;
  #idle: () => void = () => undefined;
  #silentSinceMs: number | undefined;

  constructor(options: EndpointLinkOptions) {
    const { name, address, credentials, wire, over } = options.endpoint;
    this.name = name;
    this.address = address;
    this.over = over;
    this.#options = options;
    this.client = createProviderClient({
      address,
      credentials,
      wire,
      channelOptions: channelOptions(options.keepalive),
    });
    this.#running = this.#run(this.#stop.signal);
  }

  get state(): LinkState {
    return this.#state;
  }

  get gone(): AbortSignal {
    return this.#stop.signal;
  }

  /** Until when what was sent to it may be begun at the latest, on the monotonic clock. */
  get openUntilMs(): number {
    return this.#openUntilMs;
  }

  begin(openUntilMs = 0): () => void {
    this.#calls += 1;
    this.#openUntilMs = Math.max(this.#openUntilMs, openUntilMs);
    return () => {
      this.#calls -= 1;
      if (this.#calls === 0) this.#idle();
    };
  }

  /** Ends what is followed, lets the calls that it has come to their end, and closes the channel. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#lastCalls();
    this.client.close();
  }

  /**
   * Asks once more what the provider is: what is behind it may be another by now. What it said before stands where it does not answer.
   *
   * @returns whether it has answered.
   */
  async askAgain(): Promise<boolean> {
    const { expectedType, ask } = this.#options;
    const reply = await ask(this, this.#stop.signal);
    if (this.#stop.signal.aborted || !reply.ok || this.#state.reach.kind !== 'Connected') return false;
    this.#set({ agreement: judgeAgreement(reply.value, expectedType), info: reply.value });
    return true;
  }

  /** Closes the channel at once; calls in flight are cut. */
  async cut(): Promise<void> {
    this.#stop.abort();
    this.client.close();
    await this.#running;
  }

  #lastCalls(): Promise<void> {
    if (this.#calls === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.clock.schedule(lastCallsMs, resolve);
      this.#idle = () => {
        cancel();
        resolve();
      };
    });
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    let failures = 0;
    let tasks: Promise<unknown> | undefined;
    while (!signal.aborted) {
      if ((await this.#answers(signal)) && (await this.#handshake(signal))) {
        failures = 0;
        tasks ??= this.#followTasks(signal);
        await this.#watchHealth(signal);
      }
      failures += 1;
      await sleep(clock, jitteredBackoffMs(failures, reconnectBackoff, random), signal);
    }
    await tasks;
  }

  /** Whether the process is there, whatever its hypervisor does: one that is silent for too long hangs. */
  async #answers(signal: AbortSignal): Promise<boolean> {
    const { clock, hangs, newCorrelationId } = this.#options;
    const call = { timeoutMs: answerWithinMs, signal, metadata: callMetadata(newCorrelationId()) };
    try {
      await this.client.health.check({ service: HealthName.process }, call);
    } catch (error) {
      if (signal.aborted) return false;
      if (!(error instanceof ContractError) || !isSilence(error)) return true;
      this.#silentSinceMs ??= clock.monotonicMs();
      this.#lost('Unreachable', error.message);
      if (clock.monotonicMs() - this.#silentSinceMs >= hangsAfterMs) hangs();
      return false;
    }
    this.#silentSinceMs = undefined;
    return true;
  }

  /** Announces our term and learns what the provider is. @returns whether it can be used. */
  async #handshake(signal: AbortSignal): Promise<boolean> {
    const { term, expectedType, clock, ask } = this.#options;
    const reply = await ask(this, signal);
    if (signal.aborted) return false;
    if (!reply.ok) {
      const kind = reply.failure.code === Code.UNAVAILABLE ? 'Unreachable' : 'HandshakeFailed';
      this.#lost(kind, failureWords(reply.failure));
      return false;
    }
    const info = reply.value;
    if (info.highestTerm > BigInt(term.current())) {
      // A Lease was deleted or restored: an older leader's number must not outrank ours.
      await this.#raiseTerm(Number(info.highestTerm));
      return false;
    }
    const agreement = judgeAgreement(info, expectedType);
    this.#set({ reach: { kind: 'Connected', sinceMs: clock.epochMs() }, agreement, info });
    return isUsable(this.#state);
  }

  /** Where it fails the Lease is lost, or the API server out of reach: the next handshake tries again, unless leading ends. */
  async #raiseTerm(seen: number): Promise<void> {
    const { term, logger } = this.#options;
    try {
      await term.raiseAbove(seen);
    } catch (error) {
      logger.warn('the term of the Lease could not be raised above one that a provider has seen', { seen, error });
    }
  }

  #followTasks(signal: AbortSignal): Promise<void> {
    const { clusterId, tasks, clock, random, logger, newCorrelationId } = this.#options;
    const correlationId = newCorrelationId();
    return watchTasks({ client: this.client, clusterId, board: tasks, clock, random, logger, correlationId }, signal);
  }

  /** Follows the provider's own look at its hypervisor, until the stream ends. */
  async #watchHealth(signal: AbortSignal): Promise<void> {
    const call = { signal, metadata: callMetadata(this.#options.newCorrelationId()) };
    let why = 'the provider ended its health stream';
    try {
      for await (const { status } of this.client.health.watch({ service: HealthName.provider }, call))
        await this.#healthIs(status);
    } catch (error) {
      if (error instanceof ContractError && error.code === Code.UNIMPLEMENTED) {
        await untilAborted(signal);
        return;
      }
      why = error instanceof Error ? error.message : String(error);
    }
    if (signal.aborted) return;
    this.#silentSinceMs = this.#options.clock.monotonicMs();
    this.#lost('Unreachable', why);
  }

  async #healthIs(status: ServingStatus): Promise<void> {
    const kind = kindOf(status);
    const before = this.#state.health.kind;
    if (kind === undefined || before === kind) return;
    // Before it is believed again: what has come back may be another. Who does not say so is connected to anew.
    if (kind === 'Serving' && before === 'NotServing' && !(await this.askAgain()))
      throw new Error('it does not say who it is, now that it sees its hypervisor again');
    this.#set({ health: { kind, sinceMs: this.#options.clock.epochMs() } });
    this.#options.healthTold();
  }

  #lost(kind: 'Unreachable' | 'HandshakeFailed', why: string): void {
    const { reach } = this.#state;
    if (reach.kind === kind && reach.why === why) return;
    const sinceMs =
      reach.kind === 'Unreachable' || reach.kind === 'HandshakeFailed' ? reach.sinceMs : this.#options.clock.epochMs();
    this.#set({ reach: { kind, why, sinceMs }, health: { kind: 'Unknown' } });
    this.#options.logger.warn('provider is out of reach', { why, replica: this.name });
  }

  #set(change: Partial<LinkState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.changed();
  }
}

function isSilence({ code }: ContractError): boolean {
  return code === Code.UNAVAILABLE || code === Code.DEADLINE_EXCEEDED;
}

function kindOf(status: ServingStatus): 'Serving' | 'NotServing' | undefined {
  if (status === ServingStatus.SERVING) return 'Serving';
  return status === ServingStatus.NOT_SERVING ? 'NotServing' : undefined;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function channelOptions({ timeMs, timeoutMs }: Keepalive) {
  return {
    'grpc.keepalive_time_ms': timeMs,
    'grpc.keepalive_timeout_ms': timeoutMs,
    'grpc.initial_reconnect_backoff_ms': 200,
    'grpc.max_reconnect_backoff_ms': 5_000,
    'grpc.max_receive_message_length': 16 * 1024 * 1024,
  };
}
