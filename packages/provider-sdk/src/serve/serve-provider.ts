import { Server } from '@grpc/grpc-js';
import {
  MetadataKey,
  registerHealthService,
  registerProviderService,
  type ServerCall,
  type ServerHooks,
} from '@virtrigaud/grpc-contract/server';
import {
  createRpcMetrics,
  newCorrelationId,
  runWithCorrelationId,
  type RunningProvider,
  type ServeOptions,
} from '@virtrigaud/service-kit';
import { randomUUID } from 'node:crypto';
import type { AnyImplementation } from '../implementation.ts';
import { InventoryFeed } from '../inventory/inventory-feed.ts';
import { Inventory } from '../inventory/inventory.ts';
import { asContractError } from '../provider-error.ts';
import { handlersOf } from '../rpc/handlers.ts';
import type { Runtime } from '../runtime.ts';
import { SessionKeeper } from '../session/session-keeper.ts';
import { Creations } from '../work/expiry.ts';
import { Fence } from '../work/fence.ts';
import { TaskBoard } from '../work/task-board.ts';
import { WorkRegistry } from '../work/work-registry.ts';
import { HealthMonitor } from './health-monitor.ts';
import { admit, listen, type ListeningServer } from './listen.ts';
import { readCredentials } from './read-credentials.ts';

/** Pings an idle connection often enough to find a frozen peer, and seldom enough for a strict one. */
const channelOptions = {
  'grpc.keepalive_time_ms': 300_000,
  'grpc.keepalive_timeout_ms': 20_000,
  'grpc.http2.min_ping_interval_without_data_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 1,
};
/** How long unary calls may still take when the provider stops. */
const DRAIN_MS = 10_000;

/** A provider that is served, and whether work should be sent to it. */
export interface ServingProvider extends RunningProvider {
  /** The hypervisor answered when last asked, and the provider does not stop. */
  readonly isReady: boolean;
}

/**
 * Serves a provider: answers the contract and grpc.health.v1 where it is told to. Touches nothing global: no signals, no environment,
 * no default registry.
 *
 * @param server - what listens and takes the calls: a gRPC server unless a simulation takes its place.
 * @returns once it listens; whether the hypervisor answers is told by the health service.
 */
export async function serveProvider(
  implementation: AnyImplementation,
  options: ServeOptions,
  server: ListeningServer = new Server(channelOptions),
): Promise<ServingProvider> {
  const stopping = new AbortController();
  const sessionsEnd = new AbortController();
  const parts = assemble(implementation, options, { draining: stopping.signal, ended: sessionsEnd.signal });
  registerProviderService(server, handlersOf(parts.runtime), hooksOf(parts.runtime, options));
  registerHealthService(server, parts.health.handlers(stopping.signal));
  const address = await listen(server, options.listen, { logger: options.logger, signal: sessionsEnd.signal });

  // What goes on for as long as the provider lives is no part of the work in which it was started.
  const background = runWithCorrelationId(`provider/${options.provider.namespace}/${options.provider.name}`, () => [
    parts.runtime.keeper.run(),
    parts.health.run(sessionsEnd.signal),
  ]);
  const unsubscribe = options.credentials.onChange(() => {
    options.logger.info('the credentials have changed');
    parts.runtime.keeper.replace().catch((error: unknown) => {
      options.logger.error('the new credentials do not work; the old session goes on', {
        why: asContractError(error).message,
      });
    });
  });
  options.logger.info('provider serving', { address, type: implementation.type, version: implementation.version });

  const end = async (): Promise<void> => {
    unsubscribe();
    parts.health.drain();
    stopping.abort();
    await drain(server);
    parts.runtime.tasks.cancelAll();
    parts.runtime.feed.stop();
    sessionsEnd.abort();
    await Promise.all(background);
    options.logger.info('provider stopped', { address });
  };
  let ending: Promise<void> | undefined;
  // Not `end()` at once: what it aborts calls `stop` again before `ending` is set.
  const stop = (): Promise<void> => (ending ??= Promise.resolve().then(end));
  const stopped = new Promise<void>((resolve) => {
    const onAbort = (): void => {
      void stop();
    };
    if (options.signal.aborted) onAbort();
    options.signal.addEventListener('abort', onAbort, { once: true });
    stopping.signal.addEventListener(
      'abort',
      () => {
        options.signal.removeEventListener('abort', onAbort);
        void stop().then(resolve);
      },
      { once: true },
    );
  });
  return {
    address,
    stopped,
    stop,
    get isReady() {
      return parts.health.isServing;
    },
  };
}

interface Signals {
  readonly draining: AbortSignal;
  readonly ended: AbortSignal;
}

function assemble(
  implementation: AnyImplementation,
  options: ServeOptions,
  signals: Signals,
): { readonly runtime: Runtime; readonly health: HealthMonitor } {
  const { logger } = options;
  const inventory = new Inventory(logger);
  const keeper = new SessionKeeper<unknown>({
    connect: async (signal, lost) => {
      try {
        return await connect({ implementation, options }, signal, lost);
      } catch (error) {
        if (keeper.failure) inventory.stale(asContractError(error).message);
        throw error;
      }
    },
    disconnect: async (session) => implementation.disconnect?.(session),
    logger,
    signal: signals.ended,
  });
  const feed = new InventoryFeed({
    implementation,
    keeper,
    inventory,
    logger,
    lost: (session, error) => {
      keeper.lose(session, error);
    },
  });
  const probe = (timeoutMs: number) =>
    keeper.use((session) => {
      const signal = AbortSignal.timeout(timeoutMs);
      return orTimeout(implementation.hypervisor(session, { signal, remainingMs: () => timeoutMs, logger }), signal);
    });
  const health = new HealthMonitor(options.healthCheck, probe, logger);
  keeper.onConnected((session) => {
    health.connected();
    session.ended.addEventListener(
      'abort',
      () => {
        if (keeper.failure) health.lost();
      },
      { once: true },
    );
  });
  feed.start();
  const runtime: Runtime = {
    implementation,
    instanceId: randomUUID(),
    logger,
    keeper,
    inventory,
    feed,
    fence: new Fence(),
    creations: new Creations(),
    works: new WorkRegistry(),
    tasks: new TaskBoard(),
    draining: signals.draining,
  };
  return { runtime, health };
}

interface Connecting {
  readonly implementation: AnyImplementation;
  readonly options: ServeOptions;
}

async function connect(
  { implementation, options }: Connecting,
  signal: AbortSignal,
  lost: (error: unknown) => void,
): Promise<unknown> {
  const { endpoint, insecureSkipVerify, logger } = options;
  const credentials = readCredentials(implementation.credentials, options.credentials) as undefined;
  return implementation.connect({ endpoint, insecureSkipVerify, logger, signal, lost, credentials });
}

function hooksOf(runtime: Runtime, options: ServeOptions): ServerHooks {
  const metrics = createRpcMetrics(options.registry, 'server');
  return {
    responseMetadata: { [MetadataKey.instance]: runtime.instanceId },
    around: (call: ServerCall, run) => {
      metrics.started(call.method);
      const guarded = () => {
        admit(options.listen, call);
        options.logger.debug('call', { method: call.method });
        return run();
      };
      return runWithCorrelationId(call.metadata(MetadataKey.correlationId) ?? newCorrelationId(), guarded);
    },
    finished: (method, code, seconds) => {
      metrics.finished(method, code, seconds);
    },
  };
}

/** Refuses new calls, lets unary ones finish, and cuts what is left when the time is over. */
function drain(server: ListeningServer): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, DRAIN_MS);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function orTimeout<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => {
      reject(new Error('no answer in time'));
    };
    signal.addEventListener('abort', late, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', late);
    });
  });
}
