import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock, systemRandom } from '@virtrigaud/kube-runtime';
import { createMemoryLogger, createRpcMetrics, createVirtrigaudMetrics, Registry } from '@virtrigaud/service-kit';
import type { Provider } from '@virtrigaud/api-types';
import type { ProviderConnection } from '../../src/connection/provider-connection.ts';
import type { ProviderProgram } from '../../src/hosting/children/find-provider-program.ts';
import { prepareRuntimeDirectory } from '../../src/hosting/runtime-directory.ts';
import { ProviderHomes, type Home } from '../../src/provider/provider-homes.ts';
import { providerObject } from '../../src/testing/objects.ts';
import { openMockHypervisor, type MockHypervisor } from './mock-hypervisor.ts';
import { until } from './until.ts';

/** What {@link Site.start} may be told. */
export interface SiteOptions {
  readonly replicas?: number;
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly program?: ProviderProgram;
  readonly certificateLifetimeMs?: number;
  readonly credentials?: Readonly<Record<string, string>>;
}

const source = ['--conditions=@virtrigaud/source', '--disable-warning=ExperimentalWarning'];
const mockMain = fileURLToPath(new URL('../../../provider-mock/src/main.ts', import.meta.url));

/** A Provider of mode Remote, served by real processes over a mock hypervisor, without an API server. Has to be stopped. */
export class Site {
  readonly log = createMemoryLogger();
  readonly homes: ProviderHomes;
  readonly home: Home;
  readonly runtimeDir: string;
  readonly hypervisor: MockHypervisor;
  provider: Provider;
  readonly #directory: string;

  private constructor(directory: string, hypervisor: MockHypervisor, options: SiteOptions) {
    this.#directory = directory;
    this.runtimeDir = join(directory, 'run');
    this.hypervisor = hypervisor;
    this.provider = providerObject({
      spec: {
        endpoint: `mock://${hypervisor.directory}`,
        runtime: { mode: 'Remote', replicas: options.replicas ?? 1, ...(options.env ? { env: options.env } : {}) },
      },
    });
    const registry = new Registry();
    this.homes = new ProviderHomes({
      runtimeDir: this.runtimeDir,
      findProgram: () => options.program ?? { command: process.execPath, args: [...source, mockMain] },
      findPackage: async () => Promise.reject(new Error('nothing here runs InProcess')),
      env: process.env,
      clusterId: 'cluster-1',
      term: { current: () => 1, raiseAbove: async () => undefined, leaseRemainingMs: () => 60_000 },
      rpcMetrics: createRpcMetrics(registry, 'client'),
      metrics: createVirtrigaudMetrics(registry),
      logger: this.log,
      childLogger: this.log,
      clock: systemClock,
      random: systemRandom,
      newCorrelationId: () => 'test',
      certificateLifetimeMs: options.certificateLifetimeMs,
      listener: { changed: () => this.#connect(), vmChanged: () => undefined, nameFreed: () => undefined },
    });
    this.home = this.homes.open(this.provider);
    this.home.credentials.set(options.credentials ?? {});
  }

  static async start(options: SiteOptions = {}): Promise<Site> {
    const directory = await mkdtemp(join(tmpdir(), 'vr-site-'));
    const site = new Site(directory, await openMockHypervisor(join(directory, 'hypervisor')), options);
    await prepareRuntimeDirectory(site.runtimeDir, process.getuid?.());
    site.homes.startRuntime(site.home, site.provider);
    return site;
  }

  async stop(): Promise<void> {
    await this.homes.closeAll();
    await rm(this.#directory, { recursive: true, force: true });
  }

  get connection(): ProviderConnection {
    if (!this.home.connection) throw new Error('not connected yet');
    return this.home.connection.to;
  }

  /** Waits until this many instances answer, and the inventory is known. */
  async ready(instances: number): Promise<void> {
    await until(
      `${String(instances)} answer`,
      () => {
        const to = this.home.connection?.to;
        return to?.state.ready === instances && to.inventory.health.kind === 'Live';
      },
      () =>
        JSON.stringify([
          this.home.runtime?.state.kind,
          this.home.connection?.to.state.reach,
          this.log.entries.slice(-20),
        ]),
    );
  }

  /** Wants another number of instances. */
  scale(replicas: number): void {
    this.edit({ replicas });
  }

  /** Wants what differs of `spec.runtime`. */
  edit(change: Partial<NonNullable<Provider['spec']['runtime']>>): void {
    const { spec } = this.provider;
    this.provider = { ...this.provider, spec: { ...spec, runtime: { ...spec.runtime, mode: 'Remote', ...change } } };
    if (!this.homes.applyRuntime(this.home, this.provider)) throw new Error('that took another start');
  }

  /** What each process said last of where it is, by replica. */
  processes(): ReadonlyMap<string, { readonly pid: number; readonly address: string; readonly metricsPort: number }> {
    const said = this.log.entries.filter(({ message }) => message === 'provider process serves');
    return new Map(said.map(({ fields }) => [String(fields['replica']), fields as never]));
  }

  pid(replica: string): number {
    const process = this.processes().get(replica);
    if (!process) throw new Error(`replica ${replica} has not said where it is`);
    return process.pid;
  }

  /** How often each instance answered an RPC, by replica. */
  async handled(method: string): Promise<ReadonlyMap<string, number>> {
    const counts = [...this.processes()].map(async ([replica, { metricsPort }]) => {
      const text = await (await fetch(`http://127.0.0.1:${String(metricsPort)}/metrics`)).text();
      const lines = text.split('\n').filter((line) => line.startsWith('grpc_server_handled_total{'));
      const ours = lines.filter((line) => line.includes(`grpc_method="${method}"`));
      return [replica, ours.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)] as const;
    });
    return new Map(await Promise.all(counts));
  }

  /** Makes a small machine of this uid; answers the reply as a value. */
  create(uid: string, name = uid.slice(-12)) {
    return this.connection.channel.call({
      method: 'create',
      request: {
        mutation: {
          operationId: `create-${uid}`,
          owner: { clusterId: 'cluster-1', namespace: 'default', name, uid, kind: 'VirtualMachine' },
          term: 1n,
        },
        spec: {
          name: `default.${name}`,
          compute: { cpus: 1, memoryBytes: 256n * 1024n ** 2n },
          boot: { source: { $case: 'image', value: { template: 'debian-12' } } },
        } as never,
      },
      subject: uid,
      kind: 'mutation',
      correlationId: 'test',
      signal: new AbortController().signal,
    });
  }

  /** Looks at a machine by its owner's uid. */
  describe(uid: string) {
    return this.connection.channel.call({
      method: 'describe',
      request: { owner: { clusterId: 'cluster-1', uid } },
      subject: uid,
      kind: 'read',
      correlationId: 'test',
      signal: new AbortController().signal,
    });
  }

  #connect(): void {
    this.homes.connect(this.home, this.provider);
  }
}

/** A uid that follows from a number. */
export const uidOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
