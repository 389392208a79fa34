import {
  createLogger,
  createProcessMetrics,
  createShutdown,
  ExitCode,
  readConfig,
  Registry,
  startOperationsServer,
  type Listen,
  type SignalSource,
} from '@virtrigaud/service-kit';
import { readdir } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import type { Provider } from '../implement-provider.ts';
import { fileCredentials, noCredentials } from './file-credentials.ts';
import { checkTlsFiles } from './reloaded-tls.ts';

/** What the package's `main.ts` hands over: the only file that touches `process`. */
export interface ProgramContext {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signals: SignalSource;
  /** Where `--lifeline` listens for the end of whoever started the program. */
  readonly stdin?: Readable | undefined;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

const configSchema = z.object({
  type: z.string().optional().describe('type of the Provider that is served: it must be the type of this program'),
  endpoint: z.string().min(1).describe('the hypervisor: spec.endpoint of the Provider'),
  name: z.string().default('provider').describe('name of the Provider that is served'),
  namespace: z.string().default('default').describe('namespace of the Provider that is served'),
  socket: z.string().optional().describe('unix socket to listen on; without it, TCP'),
  host: z.string().default('127.0.0.1').describe('address to listen on'),
  port: z.number().int().min(0).max(65535).default(9443).describe('port to listen on; 0: any'),
  tlsCert: z.string().optional().describe('PEM file: the certificate of this server'),
  tlsKey: z.string().optional().describe('PEM file: its key'),
  tlsCa: z.string().optional().describe('PEM file: what clients have to be signed by'),
  clientName: z.string().default('virtrigaud-manager').describe('the exact name that a client must bear'),
  plaintext: z.boolean().default(false).describe('listen on TCP without TLS: for tests alone'),
  credentials: z.string().optional().describe('directory of files, one a key'),
  insecureSkipVerify: z.boolean().default(false).describe("do not check the hypervisor's certificate"),
  metricsPort: z.number().int().min(0).max(65535).default(8080).describe('port of metrics and health; 0: any'),
  healthCheck: z.boolean().default(true).describe('whether the hypervisor is looked at'),
  healthIntervalMs: z.number().int().min(100).default(30_000).describe('time between looks at the hypervisor'),
  healthTimeoutMs: z.number().int().min(1).default(10_000).describe('how long a look may take'),
  healthFailureThreshold: z.number().int().min(1).default(3).describe('failed looks in a row until it is said'),
  healthSuccessThreshold: z.number().int().min(1).default(1).describe('good looks in a row until that is taken back'),
  lifeline: z.boolean().default(false).describe('drain and end when standard input ends, as when the parent is gone'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('lines below it are dropped'),
  logFormat: z.enum(['json', 'text']).default('json').describe('for machines or for a person'),
});

type Config = z.output<typeof configSchema>;

/**
 * Runs a provider as a program of its own. Resolves with the exit code: 0 drained after SIGTERM, 1 bad configuration, 2 cannot listen.
 */
export async function runProviderMain(provider: Provider, context: ProgramContext): Promise<number> {
  const read = readConfig(configSchema, {
    argv: context.argv,
    env: context.env,
    prefix: 'VIRTRIGAUD_RUNTIME',
    usage: `virtrigaud-provider-${provider.type} --endpoint URL [flags]\n\nThe VirtRigaud provider of type ${provider.type}, version ${provider.version}.`,
  });
  if (read.kind === 'help') {
    context.stdout.write(`${read.text}\n`);
    return ExitCode.Drained;
  }
  const listen = read.kind === 'config' ? listenOf(read.config) : undefined;
  if (read.kind === 'invalid' || listen === undefined) {
    const problems =
      read.kind === 'invalid'
        ? read.problems
        : ['give --tls-cert, --tls-key and --tls-ca, or --socket, or --plaintext'];
    context.stderr.write(`${problems.join('\n')}\n`);
    return ExitCode.BadConfiguration;
  }
  const problem = problemOfType(provider, read.config.type) ?? (await problemOfFiles(listen, read.config.credentials));
  if (problem !== undefined) {
    context.stderr.write(`${problem}\n`);
    return ExitCode.BadConfiguration;
  }
  return serveUntilStopped(provider, context, { config: read.config, listen });
}

function problemOfType(provider: Provider, type: string | undefined): string | undefined {
  if (type === undefined || type === provider.type) return undefined;
  return `this program serves ${provider.type}, not ${type}; start the program that serves ${type}`;
}

/** What is wrong with the files that the configuration names: starting again will not help, unlike with an address that is taken. */
async function problemOfFiles(listen: Listen, credentials: string | undefined): Promise<string | undefined> {
  try {
    if (credentials !== undefined) await readdir(credentials);
    if (listen.kind === 'tcp' && listen.tls !== 'plaintext') await checkTlsFiles(listen.tls);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function serveUntilStopped(
  provider: Provider,
  context: ProgramContext,
  { config, listen }: { readonly config: Config; readonly listen: Listen },
): Promise<number> {
  const name = `provider-${provider.type}`;
  const logger = createLogger({ level: config.logLevel, format: config.logFormat, name, destination: context.stderr });
  const shutdown = createShutdown({ graceMs: 25_000, logger, signals: context.signals });
  if (config.lifeline) {
    // Ends, closes or breaks: whichever it is, nobody is at the other end any more.
    for (const event of ['end', 'close', 'error'])
      context.stdin?.once(event, () => shutdown.begin('the parent is gone'));
    context.stdin?.resume();
  }
  const registry = new Registry();
  createProcessMetrics(registry);
  try {
    const running = await provider.serve({
      listen,
      provider: { namespace: config.namespace, name: config.name },
      endpoint: config.endpoint,
      insecureSkipVerify: config.insecureSkipVerify,
      credentials:
        config.credentials === undefined ? noCredentials : fileCredentials(config.credentials, logger, shutdown.signal),
      healthCheck: {
        enabled: config.healthCheck,
        intervalMs: config.healthIntervalMs,
        timeoutMs: config.healthTimeoutMs,
        failureThreshold: config.healthFailureThreshold,
        successThreshold: config.healthSuccessThreshold,
      },
      logger,
      registry,
      // Not the shutdown's signal: the closers run in order, and stop the provider themselves.
      signal: new AbortController().signal,
    });
    shutdown.onClose('provider', () => running.stop());
    const operations = await startOperationsServer({
      host: config.host,
      port: config.metricsPort,
      registry,
      checks: {
        live: {},
        ready: { hypervisor: () => (running.isReady ? undefined : 'the hypervisor does not answer') },
      },
    });
    shutdown.onClose('operations server', () => operations.stop());
    context.stdout.write(
      `${JSON.stringify({ message: 'serving', address: running.address, metricsPort: operations.port })}\n`,
    );
  } catch (error) {
    logger.error('cannot serve', { error });
    shutdown.begin('cannot serve');
    await shutdown.exitCode;
    return ExitCode.CannotListen;
  }
  return shutdown.exitCode;
}

function listenOf(config: Config): Listen | undefined {
  if (config.socket !== undefined) return { kind: 'unix', path: config.socket };
  const { host, port, tlsCert, tlsKey, tlsCa, clientName } = config;
  if (config.plaintext) return { kind: 'tcp', host, port, tls: 'plaintext' };
  if (tlsCert === undefined || tlsKey === undefined || tlsCa === undefined) return undefined;
  return { kind: 'tcp', host, port, tls: { certFile: tlsCert, keyFile: tlsKey, caFile: tlsCa, clientName } };
}
