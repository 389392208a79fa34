import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import {
  createTransport,
  systemClock,
  systemRandom,
  type EventRecorder,
  type Transport,
} from '@virtrigaud/kube-runtime';
import { createManager } from '@virtrigaud/manager';
import { noCredentials, serveProvider } from '@virtrigaud/provider-sdk';
import {
  createControllerMetrics,
  createRpcMetrics,
  createVirtrigaudMetrics,
  Registry,
  type Logger,
} from '@virtrigaud/service-kit';
import type { Workload, WorkloadSpec } from '../../../packages/manager/src/hosting/workload.ts';
import { RequestHandler } from '../../../packages/embedded-apiserver/src/http/request-handler.ts';
import { silentLog } from '../../../packages/embedded-apiserver/src/log.ts';
import { kindsOf, openApi, type Kinds } from '../../../packages/embedded-apiserver/src/open-api.ts';
import { loadCrds } from '../../../packages/embedded-apiserver/src/registry/load-crds.ts';
import { expireEvents } from '../../../packages/embedded-apiserver/src/state/expire-events.ts';
import { MockHypervisor } from '../../../packages/provider-mock/src/hypervisor/mock-hypervisor.ts';
import { createMockProvider } from '../../../packages/provider-mock/src/provider/mock-provider.ts';
import type { ProviderName } from '../scenario/scenario.ts';
import type { ApiNet } from './api-net.ts';
import type { EventLoop, SimProcess } from './event-loop.ts';
import { simulatedRoot } from './globals.ts';
import type { MemoryHypervisor } from './memory-state.ts';
import type { RpcNet } from './rpc-net.ts';
import { RpcServer } from './rpc-server.ts';

/** What programs are started with. */
export interface Host {
  readonly loop: EventLoop;
  readonly apiNet: ApiNet;
  readonly rpcNet: RpcNet;
  readonly database: DatabaseSync;
  readonly loggerOf: (process: SimProcess) => Logger;
}

/** Where everybody finds the API server. */
export const kubeConfig = {
  context: 'simulated',
  server: 'https://apiserver',
  namespace: 'default',
  source: 'simulated',
  credentials: async () => ({ headers: {}, rejectUnauthorized: true }),
};

/** Reading CRDs is much work, and always comes to the same. */
export function readKinds(): Kinds {
  const directory = fileURLToPath(new URL('../../../packages/api-types/crds/', import.meta.url));
  const names = readdirSync(directory).filter((name) => name.endsWith('.yaml'));
  return kindsOf(loadCrds(names.sort().map((name) => readFileSync(`${directory}${name}`, 'utf8'))));
}

/** A client of the API server, without a limit of requests. */
export function transportOf({ apiNet }: Host, userAgent: string, qps: number): Transport {
  return createTransport(kubeConfig, { userAgent, qps, burst: qps * 2, dispatcher: apiNet.dispatcher as never });
}

/** Starts the API server on the database, which outlives it. */
export async function startApiServer({ apiNet, database }: Host, process: SimProcess, kinds: Kinds): Promise<void> {
  const tuning = {
    historyLength: 200,
    watchBufferBytes: 16 * 1024 * 1024,
    bookmarkIntervalMs: 60_000,
    eventLifetimeMs: 60 * 60 * 1000,
  };
  const api = await openApi(database, kinds, { historyLength: tuning.historyLength, now: () => Date.now() });
  expireEvents(api, { lifetimeMs: tuning.eventLifetimeMs, log: silentLog });
  const context = { api, openApi: kinds.openApi, isAllowed: () => true, log: silentLog, backup: noBackup };
  apiNet.listening = { process, handler: new RequestHandler({ context, tuning }) };
}

/** There is no file to be copied. */
const noBackup = () => Promise.reject(new Error('what lies in memory is not backed up'));

/** Starts one provider, in a process of its own. */
export async function startProvider(
  { loop, rpcNet, loggerOf }: Host,
  process: SimProcess,
  { name, hypervisor }: { readonly name: ProviderName; readonly hypervisor: MemoryHypervisor },
): Promise<void> {
  const server = new RpcServer(loop, process);
  const { implementation } = createMockProvider(async () => new MockHypervisor(hypervisor.stateFor(process)));
  const options = {
    listen: { kind: 'tcp', host: name, port: 1, tls: 'plaintext' },
    provider: { namespace: 'default', name },
    endpoint: `mock:///${hypervisor.name}`,
    insecureSkipVerify: false,
    credentials: noCredentials,
    healthCheck: { enabled: true, intervalMs: 30_000, timeoutMs: 10_000, failureThreshold: 3, successThreshold: 1 },
    logger: loggerOf(process),
    registry: new Registry(),
    signal: new AbortController().signal,
  } as const;
  await serveProvider(implementation, options, server);
  rpcNet.listen(name, server);
}

/** Events are for people: nothing reads them here, and a fifth of all requests would be theirs. */
const noEvents: EventRecorder = { event: () => undefined, flush: () => Promise.resolve() };

/** Starts a manager, which finds each Provider running elsewhere. */
export function startManager(host: Host, process: SimProcess): Promise<void> {
  const { rpcNet, loggerOf } = host;
  const logger = loggerOf(process);
  const registry = new Registry();
  const transport = transportOf(host, process.name, 300);
  const manager = createManager({
    ports: {
      transport,
      recorder: noEvents,
      logger,
      controllerMetrics: createControllerMetrics(registry),
      rpcMetrics: createRpcMetrics(registry, 'client'),
      metrics: createVirtrigaudMetrics(registry),
      clock: systemClock,
      random: systemRandom,
      findPackage: () => Promise.reject(new Error('no provider runs in a manager here')),
      findProgram: () => {
        throw new Error('no manager starts a provider here');
      },
      workloadOf: (spec) => servedElsewhere(spec, rpcNet),
      childLogger: logger,
      env: {},
      runtimeDir: `${simulatedRoot}/${process.name}`,
      namespace: undefined,
    },
    leaseNamespace: 'default',
    identity: `${process.name}-${randomUUID()}`,
    userId: undefined,
  });
  return manager.run(new AbortController().signal);
}

/** Which processes serve a Provider: `lab` has two replicas, and the second can also be reached as a Provider of its own. */
const replicasOf: Readonly<Record<string, readonly ProviderName[]>> = {
  lab: ['lab', 'lab-too'],
  'lab-too': ['lab-too'],
  other: ['other'],
};

/** Providers in processes of their own, which somebody else starts again when they end, as a Deployment does. */
function servedElsewhere(spec: WorkloadSpec, rpcNet: RpcNet): Workload {
  const endpoints = (replicasOf[spec.name] ?? []).map((name) => ({
    name,
    address: name,
    wire: rpcNet.wireTo(name) as never,
  }));
  return {
    spec,
    state: { kind: 'Running', endpoints },
    apply: () => false,
    replace: () => undefined,
    stop: () => Promise.resolve(),
  };
}
