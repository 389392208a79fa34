import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { API_VERSION, kinds, type KindName } from '@virtrigaud/api-types';
import {
  createTransport,
  loadKubeConfig,
  resource,
  type KubeObject,
  type ResourceClient,
  type Transport,
} from '@virtrigaud/kube-runtime';
import { openMockHypervisor, type MockHypervisor } from '../integration/stack/mock-hypervisor.ts';
import { until } from '../integration/stack/until.ts';
import { cpuSeconds } from './process-figures.ts';
import { originOf, startProgram, type Origin, type Program } from './program.ts';
import { countsOf, type Counts } from './statistics.ts';
import { VmWatch, type Vm } from './vm-watch.ts';

/** How a stage is set. */
export interface StageOptions {
  /** The mock inside the manager, as it is shipped; else in a process of its own. */
  readonly mock: 'in-manager' | 'own-process';
  /** Sources even where there is a build. */
  readonly preferred: Origin;
  /** Where each program leaves a CPU profile. */
  readonly profileDirectory: string | undefined;
  /** More options of Node itself, for each program. */
  readonly nodeArguments?: readonly string[];
}

interface Manager {
  readonly program: Program;
  readonly operationsPort: number;
}

const crds = fileURLToPath(new URL('../../api-types/crds', import.meta.url));
const shim = fileURLToPath(new URL('mock-in-a-process.ts', import.meta.url));

/** The API server, the manager and the mock as processes, and a client of its own; nothing is left of them after `stop`. */
export class Stage {
  readonly origin: Origin;
  readonly hypervisor: MockHypervisor;
  readonly watch = new VmWatch();
  readonly vms: ResourceClient<Vm>;
  readonly #directory: string;
  readonly #apiServer: Program;
  readonly #startManager: () => Promise<Manager>;
  #manager: Manager;
  readonly #transport: Transport;

  private constructor(parts: {
    readonly origin: Origin;
    readonly directory: string;
    readonly hypervisor: MockHypervisor;
    readonly apiServer: Program;
    readonly transport: Transport;
    readonly manager: Manager;
    readonly startManager: () => Promise<Manager>;
  }) {
    this.origin = parts.origin;
    this.hypervisor = parts.hypervisor;
    this.#manager = parts.manager;
    this.#startManager = parts.startManager;
    this.#directory = parts.directory;
    this.#apiServer = parts.apiServer;
    this.#transport = parts.transport;
    this.vms = clientOf<Vm>(parts.transport, 'VirtualMachine');
  }

  /** Starts everything, makes a Provider and an image, and follows all VirtualMachines. */
  static async set({ mock, preferred, profileDirectory, nodeArguments: more = [] }: StageOptions): Promise<Stage> {
    const origin = preferred === 'source' ? 'source' : originOf(['manager', 'embedded-apiserver', 'provider-mock']);
    const directory = await mkdtemp(join(tmpdir(), 'vr-bench-'));
    const profiling = profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`];
    const nodeArguments = [...profiling, ...more];
    const started: Program[] = [];
    try {
      const api = join(directory, 'api');
      const apiServer = startProgram({
        packageName: 'embedded-apiserver',
        origin,
        nodeArguments,
        argv: ['--state', api, '--crds', crds],
      });
      started.push(apiServer);
      await apiServer.line('serving');
      const kubeconfig = join(api, 'kubeconfig');
      const startManager = async (): Promise<Manager> => {
        const program = startProgram({
          packageName: 'manager',
          origin,
          nodeArguments,
          argv: [
            ...['--kubeconfig', kubeconfig, '--runtime-dir', join(directory, 'run')],
            ...['--listen-operations', '127.0.0.1:0'],
            ...(mock === 'own-process' ? ['--provider', `mock=${shim}`] : []),
          ],
        });
        started.push(program);
        const operationsPort = Number((await program.line('manager started'))['operationsPort']);
        await program.line('manager ready');
        return { program, operationsPort };
      };
      const manager = await startManager();
      const transport = createTransport(await loadKubeConfig({ path: kubeconfig }), { userAgent: 'bench', qps: 0 });
      const hypervisor = await openMockHypervisor(join(directory, 'hypervisor'));
      const stage = new Stage({ origin, directory, hypervisor, apiServer, transport, manager, startManager });
      await stage.#dress();
      return stage;
    } catch (error) {
      for (const program of started.reverse()) await program.stop();
      await endLeftovers(directory);
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  get manager(): Program {
    return this.#manager.program;
  }

  /** Ends the manager, and lets another begin with what is there. */
  async restartManager(): Promise<void> {
    await this.manager.stop();
    this.#manager = await this.#startManager();
  }

  async stop(): Promise<void> {
    await this.watch.stop();
    await this.manager.stop();
    await this.#transport.close();
    await this.#apiServer.stop();
    await endLeftovers(this.#directory);
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Makes a Provider over a hypervisor of its own, and waits until it is Ready. */
  async addProvider(name: string): Promise<MockHypervisor> {
    const directory = name === 'lab' ? this.hypervisor.directory : join(this.#directory, name);
    const hypervisor = name === 'lab' ? this.hypervisor : await openMockHypervisor(directory);
    await this.#create('Provider', name, { type: 'mock', endpoint: `mock://${directory}` });
    const providers = clientOf<Vm>(this.#transport, 'Provider');
    await until(`Provider ${name} is Ready`, async () => {
      const { status } = await providers.get(`default/${name}`);
      return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
    });
    return hypervisor;
  }

  /** Applies a VM of 2 CPUs and 2 GiB; resolves with the answer of the API server. */
  async apply(name: string, provider = 'lab'): Promise<void> {
    const refs = { providerRef: { name: provider }, imageRef: { name: 'debian' } };
    await this.#create('VirtualMachine', name, { ...refs, resources: { cpu: 2, memory: '2Gi' } });
  }

  /** Requests of the manager to the API server so far, by HTTP method. */
  async requests(): Promise<Counts> {
    return countsOf(await this.#metrics(), 'rest_client_requests_total', 'method');
  }

  /** Reconciles of the manager so far, by controller. */
  async reconciles(): Promise<Counts> {
    return countsOf(await this.#metrics(), 'controller_runtime_reconcile_total', 'controller');
  }

  /** Calls of the manager to providers that have ended so far, by method. */
  async rpcs(): Promise<Counts> {
    return countsOf(await this.#metrics(), 'grpc_client_handled_total', 'grpc_method');
  }

  /** CPU seconds so far of every process that is measured, by its name; those of all mocks are one sum. */
  async cpu(): Promise<Counts> {
    const mocks = await Promise.all((await mockPids(this.#directory)).map(cpuSeconds));
    return {
      manager: await cpuSeconds(this.manager.pid),
      'API server': await cpuSeconds(this.#apiServer.pid),
      mock: mocks.reduce((sum, each) => sum + each, 0),
    };
  }

  async #metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${String(this.#manager.operationsPort)}/metrics`)).text();
  }

  async #dress(): Promise<void> {
    await this.watch.start(this.vms);
    await this.#create('VMImage', 'debian', { source: { custom: [{ type: 'mock', template: 'debian-12' }] } });
    await this.addProvider('lab');
  }

  async #create(kind: KindName, name: string, spec: object): Promise<void> {
    const metadata = { namespace: 'default', name };
    await clientOf(this.#transport, kind).create({ apiVersion: API_VERSION, kind, metadata, spec } as never);
  }
}

function clientOf<T extends KubeObject>(transport: Transport, kind: KindName): ResourceClient<T> {
  const { group, version, plural, namespaced } = kinds[kind];
  return resource<T>(transport, { group, version, plural, kind, namespaced });
}

/** Ends providers that a manager which was killed has left behind: those alone whose command line names this directory. */
async function endLeftovers(directory: string): Promise<void> {
  for (const pid of await mockPids(directory)) {
    const commandLine = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '');
    if (commandLine.includes(directory)) process.kill(pid, 'SIGKILL');
  }
}

/** Processes of the mock, as each has left its pid beside its socket; none where it runs inside the manager. */
async function mockPids(directory: string): Promise<readonly number[]> {
  const run = join(directory, 'run');
  const files = await readdir(run).catch(() => []);
  return Promise.all(
    files.filter((name) => name.endsWith('.pid')).map(async (name) => Number(await readFile(join(run, name), 'utf8'))),
  );
}
