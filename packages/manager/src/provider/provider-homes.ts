import type { Provider } from '@virtrigaud/api-types';
import { parseDurationMs } from '@virtrigaud/api-types';
import { objectKey, type Clock, type ObjectKey, type Random } from '@virtrigaud/kube-runtime';
import {
  Registry,
  type HostedProvider,
  type Logger,
  type RpcMetrics,
  type VirtrigaudMetrics,
} from '@virtrigaud/service-kit';
import { ProviderConnection, type Term } from '../connection/provider-connection.ts';
import { HostedRuntime, type HostedSpec } from '../hosting/hosted-runtime.ts';
import { SecretCredentials } from '../hosting/secret-credentials.ts';
import type { SecretState } from './observed.ts';
import type { ShrinkMemory } from './shrink.ts';

/** Everything that runs for one Provider. */
export interface Home {
  readonly key: ObjectKey;
  readonly uid: string;
  readonly credentials: SecretCredentials;
  readonly registry: Registry;
  secret: SecretState;
  secretReadMs: number | undefined;
  runtime: HostedRuntime | undefined;
  connection: { readonly to: ProviderConnection; readonly address: string } | undefined;
  /** When the number of machines was written last, by the monotonic clock. */
  countedMs: number | undefined;
  /** Undefined: its inventory was not judged yet. */
  shrink: ShrinkMemory | undefined;
}

/** Settings of {@link ProviderHomes}. */
export interface ProviderHomesOptions {
  readonly runtimeDir: string;
  readonly findPackage: (type: string) => Promise<HostedProvider>;
  readonly clusterId: string;
  readonly term: Term;
  readonly rpcMetrics: RpcMetrics;
  readonly metrics: VirtrigaudMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly newCorrelationId: () => string;
  readonly listener: {
    /** Something about the Provider's runtime, connection or inventory changed. */
    changed(key: ObjectKey): void;
    vmChanged(key: ObjectKey, uid: string): void;
  };
}

/** What runs for the Providers of this process, by key. */
export class ProviderHomes {
  readonly #homes = new Map<ObjectKey, Home>();
  readonly #options: ProviderHomesOptions;

  constructor(options: ProviderHomesOptions) {
    this.#options = options;
  }

  get(key: ObjectKey): Home | undefined {
    return this.#homes.get(key);
  }

  /** The registries of all providers that run here, for a scrape. */
  registries(): readonly Registry[] {
    return [...this.#homes.values()].map(({ registry }) => registry);
  }

  /** The home of a Provider; made on first use. Another Provider of the same name has another home. */
  open(provider: Provider): Home {
    const key = objectKey(provider.metadata);
    const uid = provider.metadata.uid ?? '';
    const known = this.#homes.get(key);
    if (known?.uid === uid) return known;
    if (known) void this.#close(known);
    const registry = new Registry();
    registry.setDefaultLabels({
      provider: provider.metadata.name,
      provider_namespace: provider.metadata.namespace ?? '',
    });
    const home: Home = {
      key,
      uid,
      credentials: new SecretCredentials(),
      registry,
      secret: { kind: 'NotNamed' },
      secretReadMs: undefined,
      runtime: undefined,
      connection: undefined,
      countedMs: undefined,
      shrink: undefined,
    };
    this.#homes.set(key, home);
    return home;
  }

  /** Serves the Provider in this process. */
  startRuntime(home: Home, provider: Provider): void {
    const { runtimeDir, findPackage, clock, random, logger, listener } = this.#options;
    home.runtime = new HostedRuntime({
      spec: hostedSpec(provider),
      credentials: home.credentials,
      runtimeDir,
      findPackage,
      registry: home.registry,
      logger: logger.child({ provider: home.key }),
      clock,
      random,
      changed: () => listener.changed(home.key),
    });
  }

  /** Connects to where the Provider listens. */
  async connect(home: Home, provider: Provider): Promise<void> {
    const state = home.runtime?.state;
    if (state?.kind !== 'Running') return;
    await home.connection?.to.stop();
    const { clusterId, term, rpcMetrics, metrics, clock, random, logger, listener, newCorrelationId } = this.#options;
    const connection = new ProviderConnection({
      address: state.address,
      expectedType: provider.spec.type,
      clusterId,
      defaults: {
        defaults: { datastore: provider.spec.defaults?.datastore },
        defaultNetwork: provider.spec.defaults?.network,
      },
      term,
      metrics: rpcMetrics,
      clock,
      random,
      logger: logger.child({ provider: home.key }),
      newCorrelationId,
      listener: {
        changed: () => listener.changed(home.key),
        inventoryConfirmed: () => metrics.inventoryConfirmed(home.key, new Date(clock.epochMs())),
        vmChanged: (uid) => listener.vmChanged(home.key, uid),
        breaker: (breaker) => metrics.breaker(home.key, breaker),
      },
    });
    home.connection = { to: connection, address: state.address };
    connection.start();
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
  }

  async #close(home: Home): Promise<void> {
    await this.stopRuntime(home);
  }
}

/** What the Provider is to be served with, as its spec says now. */
export function hostedSpec({ metadata, spec }: Provider): HostedSpec {
  const { healthCheck } = spec;
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
  };
}
