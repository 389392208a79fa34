import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createEventRecorder,
  createTransport,
  loadKubeConfig,
  systemClock,
  systemRandom,
} from '@virtrigaud/kube-runtime';
import {
  createControllerMetrics,
  createLogger,
  createProcessMetrics,
  createRpcMetrics,
  createShutdown,
  createVirtrigaudMetrics,
  ExitCode,
  newCorrelationId,
  readConfig,
  Registry,
  startOperationsServer,
} from '@virtrigaud/service-kit';
import { configSchema, givenPackages, hostAndPort, type ManagerConfig } from './config.ts';
import { findProviderProgram } from './hosting/children/find-provider-program.ts';
import { inheritedNodeOptions } from './hosting/children/node-options.ts';
import { findProviderPackage } from './hosting/find-provider-package.ts';
import { createManager } from './manager.ts';

const program = 'virtrigaud-manager';
/** A second, and at once: the thousand Events that may wait are written in forty seconds, and take little from those that wait for a VM. */
const eventRate = { qps: 25, burst: 50 };

async function run(config: ManagerConfig): Promise<number> {
  const logger = createLogger({ level: config.logLevel, format: config.logFormat, name: 'manager' });
  const shutdown = createShutdown({ graceMs: 30_000, logger, signals: process });
  const registry = new Registry();
  createProcessMetrics(registry);
  const controllerMetrics = createControllerMetrics(registry);
  const kubeConfig = await loadKubeConfig({ path: config.kubeconfig, context: config.context, env: process.env });
  const transport = createTransport(kubeConfig, {
    userAgent: program,
    qps: config.kubeApiQps,
    burst: config.kubeApiBurst,
    metrics: controllerMetrics,
    logger,
  });
  const recorder = createEventRecorder(transport, { ...eventRate, component: program, host: hostname(), logger });
  shutdown.onClose('connection to the API server', () => transport.close());
  shutdown.onClose('events', () => recorder.flush());
  const search = {
    given: givenPackages(config.provider),
    from: [process.cwd(), dirname(fileURLToPath(import.meta.url))],
    load: (url: string): Promise<unknown> => import(url),
  };
  const programSearch = {
    ...search,
    path: process.env['PATH'] ?? '',
    node: { command: process.execPath, args: inheritedNodeOptions(process.execArgv) },
    runsFromSource: import.meta.url.endsWith('.ts'),
  };
  const manager = createManager({
    ports: {
      transport,
      recorder,
      logger,
      controllerMetrics,
      rpcMetrics: createRpcMetrics(registry, 'client'),
      metrics: createVirtrigaudMetrics(registry),
      clock: systemClock,
      random: systemRandom,
      findPackage: (type) => findProviderPackage(type, search),
      findProgram: (type) => findProviderProgram(type, programSearch),
      env: process.env,
      // What a child logs has passed its own level: it is not dropped for ours.
      childLogger: createLogger({ level: 'debug', format: config.logFormat, name: 'provider' }),
      runtimeDir: config.runtimeDir,
      namespace: config.namespace,
    },
    leaseNamespace: config.leaseNamespace,
    leaseDurationMs: config.leaseDurationSeconds * 1_000,
    identity: `${hostname()}_${newCorrelationId()}`,
    userId: process.getuid?.(),
  });
  const operations = await startOperationsServer({
    ...hostAndPort(config.listenOperations),
    registry: () => [registry, ...manager.registries()],
    foreign: () => manager.foreignMetrics(),
    checks: { live: {}, ready: { leading: () => manager.notReady() } },
  });
  shutdown.onClose('metrics and health', () => operations.stop());
  logger.info('manager started', { server: kubeConfig.server, operationsPort: operations.port });
  const running = manager.run(shutdown.signal).catch((error: unknown) => {
    logger.error('the manager cannot go on', { error });
    shutdown.begin('failed');
    return 'failed' as const;
  });
  shutdown.onClose('controllers', () => running);
  const code = await shutdown.exitCode;
  return (await Promise.race([running, Promise.resolve(undefined)])) === 'failed' ? 1 : code;
}

const result = readConfig(configSchema, {
  argv: process.argv.slice(2),
  env: process.env,
  prefix: 'VIRTRIGAUD_MANAGER',
  usage: `${program} [options]\n\nThe VirtRigaud operator: brings virtual machines to what their objects say.`,
});
switch (result.kind) {
  case 'help':
    process.stdout.write(result.text);
    break;
  case 'invalid':
    process.stderr.write(`${result.problems.join('\n')}\n`);
    process.exitCode = ExitCode.BadConfiguration;
    break;
  case 'config':
    try {
      process.exit(await run(result.config));
    } catch (error) {
      process.stderr.write(`${program}: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(ExitCode.BadConfiguration);
    }
}
