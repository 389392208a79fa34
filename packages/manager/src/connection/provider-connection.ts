import {
  Code,
  ContractError,
  Reason,
  type PartialMessage,
  type ValidateRequest,
} from '@virtrigaud/grpc-contract/client';
import type { Clock, Logger, Random } from '@virtrigaud/kube-runtime';
import type { Endpoint } from '../hosting/hosted-state.ts';
import { auditInventory } from '../inventory/audit.ts';
import { Inventory } from '../inventory/inventory.ts';
import { watchVms } from '../inventory/watch-vms.ts';
import { TaskBoard } from '../tasks/task-board.ts';
import { Breaker, type BreakerState } from '../transport/breaker.ts';
import type { Failure } from '../transport/failure.ts';
import {
  createProviderChannel,
  type CallMetrics,
  type ProviderChannel,
  type ProviderChannelOptions,
} from '../transport/provider-channel.ts';
import { onlyTo, type Instance } from '../transport/route.ts';
import type { ProviderSite } from '../virtual-machine/ports.ts';
import { differingHypervisors } from './differing-hypervisors.ts';
import { failureWords, initialState, isUsable, type ConnectionState } from './connection-state.ts';
import { defaultKeepalive, EndpointLink, type Keepalive } from './endpoint-link.ts';
import { InstanceRoute } from './instance-route.ts';
import { LeavingInstances } from './leaving-instances.ts';
import { mergeLinks } from './merge-links.ts';

/** Whom the inventory is followed at, where all instances may be asked: the same for as long as it is there. */
const inventorySubject = 'inventory';
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
  nameFreed(name: string): void;
  inventoryConfirmed(): void;
  breaker(state: BreakerState): void;
  /** An instance can be sent to, as often as anything is told of it. */
  serves(endpoint: Endpoint): void;
  /** An instance has been silent for so long that it must hang. */
  hangs(endpoint: Endpoint): void;
}

/** Settings of {@link ProviderConnection}. */
export interface ProviderConnectionOptions {
  /** Where it is served now; {@link ProviderConnection.setEndpoints} tells of others. */
  readonly endpoints: readonly Endpoint[];
  readonly keepalive?: Keepalive | undefined;
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
 * The connection to one Provider, over as many instances as serve it: to each a link, and over all of them the calls, the inventory
 * and the audit, each followed for as long as it runs and through every failure.
 */
export class ProviderConnection implements ProviderSite {
  readonly channel: ProviderChannel;
  readonly inventory: Inventory;
  readonly tasks: TaskBoard;
  readonly refused = (failure: Failure): void => this.#refused(failure);
  readonly #options: ProviderConnectionOptions;
  readonly #breaker: Breaker;
  readonly #stop = new AbortController();
  readonly #route: InstanceRoute;
  readonly #leavers: LeavingInstances;
  #links: readonly EndpointLink[] = [];
  #leaving = new Set<Promise<void>>();
  /** Each of the first instances knows our term, or was found out of reach: before that nothing may be changed. */
  #announced = false;
  #state: ConnectionState = initialState;
  #validating = false;
  #defaults: PartialMessage<ValidateRequest>;
  #cancelQuestion: () => void = () => undefined;
  #streams: Promise<unknown> | undefined;

  constructor(options: ProviderConnectionOptions) {
    const { clock, listener } = options;
    this.#options = options;
    this.#defaults = options.defaults;
    this.#leavers = new LeavingInstances(clock);
    this.#route = new InstanceRoute(
      () => this.#links,
      () => this.#leavers.names,
    );
    this.#breaker = new Breaker({ clock, probe: () => this.#probe(), onState: (state) => this.#breakerChanged(state) });
    this.channel = createProviderChannel({ ...this.#channelOptions(), route: this.#route });
    this.inventory = new Inventory({
      changed: (uid) => listener.vmChanged(uid),
      nameFreed: (name) => listener.nameFreed(name),
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
    this.setEndpoints(this.#options.endpoints);
  }

  /**
   * Takes where it is served from now on. What has begun at one that is no longer named may come to its end, and until that is known
   * nobody else's word counts that a task is unknown.
   */
  setEndpoints(endpoints: readonly Endpoint[]): void {
    if (this.#stop.signal.aborted) return;
    const isNamed = (link: EndpointLink) => endpoints.some((endpoint) => isAt(link, endpoint));
    const gone = this.#links.filter((link) => !isNamed(link));
    const kept = this.#links.filter(isNamed);
    if (gone.length === 0 && kept.length === endpoints.length) return;
    this.#links = endpoints.map((endpoint) => kept.find((link) => isAt(link, endpoint)) ?? this.#link(endpoint));
    for (const endpoint of endpoints) this.#leavers.returned(endpoint);
    for (const link of gone) this.#leave(link);
    this.#linksChanged();
  }

  /** Ends the streams and closes the channels. Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#cancelQuestion();
    await Promise.all([...this.#links.map((link) => link.cut()), this.#streams, ...this.#leaving]);
    this.#breaker.close();
  }

  /** Asks the provider now which hypervisor it is at and how that is, and whether the Provider's defaults hold there. */
  async look(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.askAgain()));
    await this.#validate();
  }

  /** Takes the Provider's defaults as they are now; others than before are looked at. */
  setDefaults(defaults: PartialMessage<ValidateRequest>): void {
    if (JSON.stringify(defaults) === JSON.stringify(this.#defaults)) return;
    this.#defaults = defaults;
    void this.#validate();
  }

  /** The credentials have changed: what was refused may be accepted now. */
  credentialsChanged(): void {
    this.#set({ rejected: undefined });
    void this.#validate();
  }

  #channelOptions(): Omit<ProviderChannelOptions, 'route'> {
    const { clock, random, metrics, term } = this.#options;
    return { breaker: this.#breaker, clock, random, metrics, leaseRemainingMs: () => term.leaseRemainingMs() };
  }

  #link(endpoint: Endpoint): EndpointLink {
    const { expectedType, clusterId, keepalive, term, clock, random, logger, newCorrelationId, listener } =
      this.#options;
    return new EndpointLink({
      endpoint,
      expectedType,
      clusterId,
      keepalive: keepalive ?? defaultKeepalive,
      tasks: this.tasks,
      ask: (instance, signal) => this.#ask(instance, signal),
      term,
      clock,
      random,
      logger,
      newCorrelationId,
      changed: () => this.#linksChanged(endpoint),
      healthTold: () => void this.#validate(),
      hangs: () => listener.hangs(endpoint),
    });
  }

  #leave(link: EndpointLink): void {
    this.#leavers.add(link);
    const leaving = link.stop().finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  /** Announces our term to one instance, and learns what it is. */
  #ask(instance: Instance, signal: AbortSignal) {
    const { term, clusterId, newCorrelationId } = this.#options;
    return createProviderChannel({ ...this.#channelOptions(), route: onlyTo(instance) }).call({
      method: 'getProviderInfo',
      request: { clusterId, term: BigInt(term.current()) },
      subject: '',
      kind: 'read',
      correlationId: newCorrelationId(),
      signal,
      bypassBreaker: true,
    });
  }

  #linksChanged(of?: Endpoint): void {
    if (this.#stop.signal.aborted) return;
    const { listener } = this.#options;
    const states = this.#links.map(({ state }) => state);
    const ready = states.filter(isUsable).length;
    this.#announced ||= ready > 0 && states.every(({ reach }) => reach.kind !== 'Connecting');
    const merged = mergeLinks(states, this.#state);
    const differing = differingHypervisors(this.#links);
    if (ready > 0 && this.#announced) this.#streams ??= this.#followStreams(this.#stop.signal);
    const beginsToDiffer = differing !== undefined && this.#state.differing === undefined;
    this.#set({
      ...merged,
      ready,
      differing,
      ...(ready > 0 && !this.#announced ? { reach: { kind: 'Connecting' } as const } : {}),
    });
    const told = of && this.#links.find((link) => isAt(link, of));
    if (of && told && isUsable(told.state) && told.state.health.kind !== 'NotServing') listener.serves(of);
    // What one of them said may be old.
    if (beginsToDiffer) for (const link of this.#links) void link.askAgain();
  }

  #followStreams(signal: AbortSignal): Promise<unknown> {
    const { clusterId, clock, random, logger, newCorrelationId } = this.#options;
    const shared = { clusterId, inventory: this.inventory, clock, random };
    const pick = () => this.#route.pick(inventorySubject);
    return Promise.all([
      watchVms({ ...shared, pick, logger, correlationId: newCorrelationId() }, signal),
      auditInventory({ ...shared, channel: this.channel, newCorrelationId }, signal),
    ]);
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
      request: this.#defaults,
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

function isAt(link: EndpointLink, { name, address, over }: Endpoint): boolean {
  return name === link.name && address === link.address && over === link.over;
}
