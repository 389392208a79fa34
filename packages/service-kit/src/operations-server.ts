import { createServer } from 'node:http';
import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { failuresOf } from './health-check.ts';
import type { HealthChecks } from './health-check.ts';
import { expositionOf } from './metrics/exposition.ts';
import type { ForeignMetrics } from './metrics/foreign-metrics.ts';
import { ServiceError } from './service-error.ts';

/** What an operations server shows, and where. */
export interface OperationsServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** One registry, or what answers all of them at each scrape. */
  readonly registry: Registry | (() => readonly Registry[]);
  /** Answers, at each scrape, what other processes count, which are scraped through this one. */
  readonly foreign?: (() => Promise<readonly ForeignMetrics[]>) | undefined;
  readonly checks: {
    /** Failing means: kill this process. */
    readonly live: HealthChecks;
    /** Failing means: send it no work. */
    readonly ready: HealthChecks;
  };
}

/** An operations server that listens. */
export interface OperationsServer {
  /** The port that was really bound. */
  readonly port: number;
  /** Stops listening and closes what is open. May be called again. */
  stop(): Promise<void>;
}

/**
 * Serves `/metrics`, `/healthz` (live) and `/readyz` (ready) over plain HTTP. `/healthz` and `/readyz` answer 200 when every
 * check passes, else 503, and list each check with what is wrong.
 *
 * @throws {@link ServiceError} `CannotListen` when the address is taken or not allowed.
 */
export async function startOperationsServer(options: OperationsServerOptions): Promise<OperationsServer> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, listenerFor(options));
  await listen(server, options);
  let stopped: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => (stopped ??= close(server)),
  };
}

function listenerFor(options: OperationsServerOptions): RequestListener {
  const { registry, foreign, checks } = options;
  const registries = registry instanceof Registry ? () => [registry] : registry;
  const pages: Readonly<Record<string, (response: ServerResponse) => Promise<void>>> = {
    '/metrics': async (response) =>
      answer(response, 200, await expositionOf(registries(), await foreign?.()), Registry.PROMETHEUS_CONTENT_TYPE),
    '/healthz': (response) => answerChecks(response, checks.live),
    '/readyz': (response) => answerChecks(response, checks.ready),
  };
  return (request, response) => {
    const page = pages[(request.url ?? '').split('?')[0] ?? ''];
    if (!page) return answer(response, 404, 'not found; there are /metrics, /healthz and /readyz\n');
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'only GET\n');
    page(response).catch((error: unknown) => answer(response, 500, `${String(error)}\n`));
  };
}

async function answerChecks(response: ServerResponse, checks: HealthChecks): Promise<void> {
  const failures = await failuresOf(checks);
  const lines = Object.keys(checks).map((name) => {
    const why = failures.get(name);
    return why === undefined ? `[+] ${name}: ok` : `[-] ${name}: ${why}`;
  });
  answer(response, failures.size === 0 ? 200 : 503, [...lines, failures.size === 0 ? 'ok' : 'failing', ''].join('\n'));
}

function answer(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response
    .writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    .end(body);
}

async function listen(server: Server, { host, port }: OperationsServerOptions): Promise<void> {
  const failed = Promise.withResolvers<never>();
  const listening = Promise.withResolvers<void>();
  server.once('error', failed.reject).listen(port, host, listening.resolve);
  try {
    await Promise.race([listening.promise, failed.promise]);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ServiceError(
      'CannotListen',
      `cannot serve metrics and health on ${host}:${port}: ${why}; choose another address`,
      { cause },
    );
  }
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
