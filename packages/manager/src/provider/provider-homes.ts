import type { Provider } from '@virtrigaud/api-types';
import { parseDurationMs } from '@virtrigaud/api-types';
import type { PartialMessage, ValidateRequest } from '@virtrigaud/grpc-contract/client';
import { objectKey, type ObjectKey } from '@virtrigaud/kube-runtime';
import {
  Registry,
  type ForeignMetrics,
  type HostedProvider,
  type Logger,
  type RpcMetrics,
  type VirtrigaudMetrics,
} from '@virtrigaud/service-kit';
import { ProviderConnection, type Term } from '../connection/provider-connection.ts';
import { ChildWorkload, type ChildWorkloadDeps } from '../hosting/children/child-workload.ts';
import { HostedRuntime } from '../hosting/hosted-runtime.ts';
import { scrapeInstance } from '../hosting/scrape-instance.ts';
import { SecretCredentials } from '../hosting/secret-credentials.ts';
import { RuntimeTls } from '../hosting/tls/runtime-tls.ts';
import type { Workload, WorkloadSpec } from '../hosting/workload.ts';
import type { ManagerPorts } from '../leading/manager-ports.ts';
import type { SecretState } from './observed.ts';
import type { ReleaseMemory } from './release-attempts.ts';
import type { ShrinkMemory } from './shrink.ts';

/** Everything that runs for one Provider. */
export interface Home {
  readonly key: ObjectKey;
  readonly uid: string;
  readonly credentials: SecretCredentials;
  /** Of the present run of what is served here; undefined: it did not run yet. */
  registry: Registry | undefined;
  secret: SecretState;
  secretReadMs: number | undefined;
  runtime: Workload | undefined;
  connection: { readonly to: ProviderConnection } | undefined;
  /** The value of `reconcile-now` that a look has followed. */
  lookedFor: string | undefined;
  /** Since when nothing could be said of it yet, by the monotonic clock; undefined: something was said. */
  unsaidSinceMs: number | undefined;
  /** When the number of machines was written last, by the monotonic clock. */
  countedMs: number | undefined;
  /** Undefined: its inventory was not judged yet. */
  shrink: ShrinkMemory | undefined;
  /** Undefined: nobody has asked to let machines go. */
  release: ReleaseMemory | undefined;
}

/** Settings of {@link ProviderHomes}. */
export interface ProviderHomesOptions extends Omit<ChildWorkloadDeps, 'tls'> {
  /** Takes what child processes log. */
  readonly childLogger: Logger;
  /** How long a certificate of a provider's is good for, in milliseconds. */
  readonly certificateLifetimeMs?: number | undefined;
  readonly findPackage: (type: string) => Promise<HostedProvider>;
  readonly workloadOf?: ManagerPorts['workloadOf'];
  readonly clusterId: string;
  readonly term: Term;
  readonly rpcMetrics: RpcMetrics;
  readonly metrics: VirtrigaudMetrics;
  readonly logger: Logger;
  readonly newCorrelationId: () => string;
  readonly listener: {
    /** Something about the Provider's runtime, connection or inventory changed. */
    changed(key: ObjectKey): void;
    vmChanged(key: ObjectKey, uid: string): void;
    nameFreed(name: string): void;
  };
}

/** What runs for the Providers of this process, by key. */
export class ProviderHomes {
  readonly #homes = new Map<ObjectKey, Home>();
  readonly #options: ProviderHomesOptions;
  readonly #tls: RuntimeTls;

  constructor(options: ProviderHomesOptions) {
    this.#options = options;
    const { clock, logger, certificateLifetimeMs, metrics } = options;
    this.#tls = new RuntimeTls({
      clock,
      logger,
      lifetimeMs: certificateLifetimeMs,
      expires: (certificate, at) => metrics.certificateExpires(certificate, at),
    });
  }

  get(key: ObjectKey): Home | undefined {
    return this.#homes.get(key);
  }

  /** No object has this uid any more: see {@link Inventory.forget}. @returns at whose hypervisors it was seen. */
  forgetVm(uid: string): readonly ObjectKey[] {
    return [...this.#homes.values()].flatMap(({ key, connection }) => {
      const isSeen = connection?.to.inventory.last(uid) !== undefined;
      connection?.to.inventory.forget(uid);
      return isSeen ? [key] : [];
    });
  }

  /** The registries of all providers that run here, for a scrape. */
  registries(): readonly Registry[] {
    return [...this.#homes.values()].flatMap(({ registry }) => registry ?? []);
  }

  /** What the processes of Remote Providers count, as they say it now; of one that does not answer, nothing. */
  async foreignMetrics(): Promise<readonly ForeignMetrics[]> {
    const scrapes = [...this.#homes.values()].flatMap(({ runtime }) =>
      runtime ? (runtime.metricsPages ?? []).map((page) => scrapeInstance(page, runtime.spec)) : [],
    );
    return (await Promise.all(scrapes)).filter((each) => each !== undefined);
  }

  /** The home of a Provider; made on first use. Another Provider of the same name has another home. */
  open(provider: Provider): Home {
    const key = objectKey(provider.metadata);
    const uid = provider.metadata.uid ?? '';
    const known = this.#homes.get(key);
    if (known?.uid === uid) return known;
    if (known) void this.#close(known);
    const home: Home = {
      key,
      uid,
      credentials: new SecretCredentials(),
      registry: undefined,
      secret: { kind: 'NotNamed' },
      secretReadMs: undefined,
      runtime: undefined,
      connection: undefined,
      lookedFor: undefined,
      unsaidSinceMs: this.#options.clock.monotonicMs(),
      countedMs: undefined,
      shrink: undefined,
      release: undefined,
    };
    this.#homes.set(key, home);
    return home;
  }

  /** Serves the Provider, in this process or by others. */
  startRuntime(home: Home, provider: Provider): void {
    const { findPackage, workloadOf, childLogger, listener } = this.#options;
    const spec = workloadSpec(provider);
    const shared = {
      ...this.#options,
      spec,
      credentials: home.credentials,
      logger: this.#options.logger.child({ provider: home.key }),
      changed: () => {
        this.#endpointsChanged(home);
        listener.changed(home.key);
      },
    };
    home.runtime =
      workloadOf?.(spec, shared.changed) ??
      (spec.mode === 'Remote'
        ? new ChildWorkload({ ...shared, tls: this.#tls, childLogger: childLogger.child({ provider: home.key }) })
        : new HostedRuntime({
            ...shared,
            findPackage,
            newRegistry: () => (home.registry = registryFor(provider)),
          }));
  }

  /** Lets what serves the Provider be as it is wanted now. @returns false where that takes another start. */
  applyRuntime(home: Home, provider: Provider): boolean {
    return home.runtime?.apply(workloadSpec(provider)) ?? false;
  }

  /** Connects to where the Provider is served. */
  connect(home: Home, provider: Provider): void {
    const state = home.runtime?.state;
    if (state?.kind !== 'Running' || home.connection) return;
    const { clusterId, term, rpcMetrics, metrics, clock, random, logger, listener, newCorrelationId } = this.#options;
    const connection = new ProviderConnection({
      endpoints: state.endpoints,
      expectedType: provider.spec.type,
      clusterId,
      defaults: defaultsOf(provider),
      term,
      metrics: rpcMetrics,
      clock,
      random,
      logger: logger.child({ provider: home.key }),
      newCorrelationId,
      keepalive: home.runtime?.keepalive,
      listener: {
        changed: () => listener.changed(home.key),
        inventoryConfirmed: () => metrics.inventoryConfirmed(home.key, new Date(clock.epochMs())),
        vmChanged: (uid) => listener.vmChanged(home.key, uid),
        nameFreed: (name) => listener.nameFreed(name),
        breaker: (breaker) => metrics.breaker(home.key, breaker),
        serves: (endpoint) => home.runtime?.serves?.(endpoint),
        hangs: (endpoint) => home.runtime?.replace(endpoint),
      },
    });
    home.connection = { to: connection };
    // Without this, a breaker that never moved would have no value.
    metrics.breaker(home.key, 'closed');
    connection.start();
  }

  /** At once, not when the Provider is reconciled next: nothing more is to be sent to an instance that is about to drain. */
  #endpointsChanged(home: Home): void {
    const state = home.runtime?.state;
    home.connection?.to.setEndpoints(state?.kind === 'Running' ? state.endpoints : []);
  }

  /** Stops what runs; the home stays. */
  async stopRuntime(home: Home): Promise<void> {
    const { connection, runtime } = home;
    home.connection = undefined;
    home.runtime = undefined;
    await connection?.to.stop();
    await runtime?.stop();
  }

  /** Stops what runs, and forgets the Provider. */
  async close(key: ObjectKey): Promise<void> {
    const home = this.#homes.get(key);
    if (!home) return;
    this.#homes.delete(key);
    await this.#close(home);
    this.#options.metrics.forgetProvider(key);
  }

  /** Stops everything. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#homes.keys()].map((key) => this.close(key)));
    await this.#tls.close();
  }

  async #close(home: Home): Promise<void> {
    await this.stopRuntime(home);
  }
}

function registryFor({ metadata }: Provider): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ provider: metadata.name, provider_namespace: metadata.namespace ?? '' });
  return registry;
}

/** What Validate is to look at. */
export function defaultsOf({ spec }: Provider): PartialMessage<ValidateRequest> {
  return { defaults: { datastore: spec.defaults?.datastore }, defaultNetwork: spec.defaults?.network };
}

/** What the Provider is to be served with, as its spec says now. */
export function workloadSpec({ metadata, spec }: Provider): WorkloadSpec {
  const { healthCheck, runtime } = spec;
  return {
    uid: metadata.uid ?? '',
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    type: spec.type,
    endpoint: spec.endpoint,
    insecureSkipVerify: spec.insecureSkipVerify,
    healthCheck: {
      enabled: healthCheck.enabled,
      intervalMs: parseDurationMs(healthCheck.interval) ?? 30_000,
      timeoutMs: parseDurationMs(healthCheck.timeout) ?? 10_000,
      failureThreshold: healthCheck.failureThreshold,
      successThreshold: healthCheck.successThreshold,
    },
    mode: runtime?.mode ?? 'InProcess',
    replicas: runtime?.replicas ?? 1,
    env: runtime?.env ?? [],
    logLevel: runtime?.logLevel ?? 'info',
  };
}
