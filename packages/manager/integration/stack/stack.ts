import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { API_VERSION, kinds, type Condition, type KindName } from '@virtrigaud/api-types';
import {
  isAlreadyExists,
  isNotFound,
  resource,
  type KubeObject,
  type ResourceClient,
  type Transport,
} from '@virtrigaud/kube-runtime';
import { startApiServer, type TestApiServer } from './api-server.ts';
import { openMockHypervisor, type MockHypervisor } from './mock-hypervisor.ts';
import { startProgram, type Program } from './program.ts';
import { until } from './until.ts';

/** An object, as loosely as tests like it. */
export interface Thing extends KubeObject {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly id?: string;
    readonly phase?: string;
    readonly powerState?: string;
    readonly binding?: object;
    readonly resources?: { readonly cpu?: number; readonly memory?: string };
    readonly conditions?: readonly Condition[];
    readonly connectedVMs?: number;
    readonly ips?: readonly string[];
    readonly runtime?: object;
  };
}

/** An API server and a manager as processes of their own, and a mock hypervisor in a directory; nothing of them is left after `stop`. */
export class Stack {
  readonly directory: string;
  readonly hypervisor: MockHypervisor;
  /** The one whose counts and log are looked at; it is ended with the stack. */
  manager: Program;
  readonly transport: Transport;
  readonly #apiServer: TestApiServer;
  #port = 0;

  private constructor(
    directory: string,
    parts: {
      readonly hypervisor: MockHypervisor;
      readonly apiServer: TestApiServer;
      readonly manager: Program;
    },
  ) {
    this.directory = directory;
    this.hypervisor = parts.hypervisor;
    this.#apiServer = parts.apiServer;
    this.transport = parts.apiServer.transport;
    this.manager = parts.manager;
  }

  static async start(nodeOptions: readonly string[] = []): Promise<Stack> {
    const stack = await Stack.startWith((directory) => startManagerIn(directory, 'run', nodeOptions));
    await stack.managerReady();
    return stack;
  }

  /** The same with a manager of the caller's, which need not lead yet. */
  static async startWith(startManager: (directory: string) => Promise<Program> | Program): Promise<Stack> {
    const directory = await mkdtemp(join(tmpdir(), 'vr-manager-'));
    const apiServer = await startApiServer(directory);
    const hypervisor = await openMockHypervisor(join(directory, 'hypervisor'));
    return new Stack(directory, { hypervisor, apiServer, manager: await startManager(directory) });
  }

  async stop(): Promise<void> {
    this.manager.kill();
    await this.manager.exited;
    await this.#apiServer.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Starts another candidate for leadership beside the present one. */
  startSecond(): Program {
    return startManagerIn(this.directory, 'run-2');
  }

  /** Starts another manager, as after a crash of the first. */
  async restartManager(): Promise<void> {
    this.manager = startManagerIn(this.directory);
    await this.managerReady();
  }

  async managerReady(): Promise<void> {
    this.#port = Number((await this.manager.line('manager started'))['operationsPort']);
    await this.manager.line('manager ready');
  }

  client(kind: KindName): ResourceClient<Thing> {
    const { group, version, plural, namespaced } = kinds[kind];
    return resource(this.transport, { group, version, plural, kind, namespaced });
  }

  async create(kind: KindName, key: string, spec: object, metadata: object = {}): Promise<Thing> {
    const [namespace = '', name = ''] = key.split('/');
    return this.client(kind).create({
      apiVersion: API_VERSION,
      kind,
      metadata: { ...metadata, namespace, name },
      spec,
    } as never);
  }

  async namespace(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.namespaces()
      .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
      .catch((error: unknown) => {
        // A cluster that several stacks use one after the other keeps its namespaces.
        if (!isAlreadyExists(error)) throw error;
      });
  }

  namespaces(): ResourceClient<KubeObject> {
    const descriptor = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false };
    return resource(this.transport, descriptor);
  }

  /** The spec of a Provider over the mock hypervisor, open to every namespace. */
  labSpec(spec: object = {}): object {
    const endpoint = `mock://${join(this.directory, 'hypervisor')}`;
    return { type: 'mock', endpoint, consumerNamespaceSelector: {}, ...spec };
  }

  /** The Provider `default/lab`, and the image `default/debian`, open to every namespace. */
  async lab(spec: object = {}): Promise<void> {
    await this.create('Provider', 'default/lab', this.labSpec(spec));
    await this.create('VMImage', 'default/debian', {
      source: { custom: [{ type: 'mock', template: 'debian-12' }] },
      consumerNamespaceSelector: {},
    });
    await this.condition('Provider', 'default/lab', 'Ready', 'True');
  }

  /** Applies a VM of 2 CPUs and 2 GiB on the lab. */
  async createVm(key: string, spec: object = {}, metadata: object = {}): Promise<Thing> {
    const refs = {
      providerRef: { name: 'lab', namespace: 'default' },
      imageRef: { name: 'debian', namespace: 'default' },
    };
    return this.create('VirtualMachine', key, { ...refs, resources: { cpu: 2, memory: '2Gi' }, ...spec }, metadata);
  }

  async edit(kind: KindName, key: string, patch: object): Promise<Thing> {
    return this.client(kind).mergePatch(key as `${string}/${string}`, patch as never);
  }

  async delete(kind: KindName, key: string): Promise<void> {
    await this.client(kind).delete(key as `${string}/${string}`);
  }

  /** Undefined: there is no such object. */
  async get(kind: KindName, key: string): Promise<Thing | undefined> {
    try {
      return await this.client(kind).get(key as `${string}/${string}`);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Waits until a condition has a status, or a reason. */
  async condition(kind: KindName, key: string, type: string, statusOrReason: string): Promise<Thing> {
    let last: Thing | undefined;
    return until(
      `${kind} ${key}: ${type} is ${statusOrReason}`,
      async () => {
        last = await this.get(kind, key);
        const condition = last?.status?.conditions?.find((each) => each.type === type);
        const isCurrent = condition?.observedGeneration === last?.metadata.generation;
        return isCurrent && condition && [condition.status, condition.reason].includes(statusOrReason) && last;
      },
      () => `${JSON.stringify(last?.status, undefined, 1)}\n${this.manager.log()}`,
    );
  }

  ready(key: string): Promise<Thing> {
    return this.condition('VirtualMachine', key, 'Ready', 'True');
  }

  async gone(kind: KindName, key: string): Promise<void> {
    await until(
      `${kind} ${key} is gone`,
      async () => (await this.get(kind, key)) === undefined,
      () => this.manager.log(),
    );
  }

  /** Follows one object from `from` on. @returns what ends that and answers what was seen: one entry a write. */
  follow(kind: KindName, from: Thing): () => readonly string[] {
    const seen: string[] = [];
    const stop = new AbortController();
    const { namespace, name, resourceVersion = '0' } = from.metadata;
    const read = async () => {
      for await (const frame of this.client(kind).watch({ namespace, resourceVersion, signal: stop.signal })) {
        if (frame.type !== 'BOOKMARK' && frame.object.metadata.name === name) seen.push(describeWrite(frame.object));
      }
    };
    read().catch(() => undefined);
    return () => {
      stop.abort();
      return seen;
    };
  }

  /** How often each RPC was made so far, by its name. */
  async rpcs(): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {};
    for (const line of (await this.metrics()).split('\n')) {
      const match = /^grpc_client_handled_total\{.*grpc_method="(\w+)".*\} (\d+)$/.exec(line);
      if (match?.[1]) counts[match[1]] = (counts[match[1]] ?? 0) + Number(match[2]);
    }
    return counts;
  }

  /** Reconciles of a controller so far. */
  async reconciles(controller: string): Promise<number> {
    const lines = (await this.metrics())
      .split('\n')
      .filter((line) => line.startsWith('controller_runtime_reconcile_total{'));
    return lines
      .filter((line) => line.includes(`controller="${controller}"`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** What the readiness probe of the manager is told. */
  async readyz(): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${String(this.#port)}/readyz`);
    return `${String(response.status)} ${await response.text()}`;
  }

  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${String(this.#port)}/metrics`)).text();
  }
}

function startManagerIn(directory: string, runtimeDir = 'run', nodeOptions: readonly string[] = []): Program {
  const argv = [
    ...['--kubeconfig', join(directory, 'api', 'kubeconfig')],
    ...['--runtime-dir', join(directory, runtimeDir)],
    ...['--listen-operations', '127.0.0.1:0'],
    ...['--log-level', 'debug'],
  ];
  return startProgram('manager/src/main.ts', argv, nodeOptions);
}

function describeWrite({ metadata, status }: Thing): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const finalizer = (metadata.finalizers ?? []).length > 0 ? 'finalizer' : 'no finalizer';
  return `${finalizer}, ${status?.binding ? 'bound' : 'unbound'}, Ready=${ready?.status ?? 'none'}`;
}

/** What was counted between two moments; what was not is left out. */
export function difference(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(after)
      .map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
      .filter(([, count]) => count !== 0),
  );
}
