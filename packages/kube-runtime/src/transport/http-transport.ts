import type { Dispatcher } from 'undici';
import { ApiError } from '../api/api-error.ts';
import type { KubeConfig } from '../config/kube-config.ts';
import { backoffMs } from '../ports/backoff.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { silentLogger } from '../ports/logger.ts';
import type { RestMetrics } from '../ports/metrics.ts';
import { sleep } from '../ports/sleep.ts';
import { systemClock, systemRandom } from '../ports/system-clock.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { TransportOptions } from './create-transport.ts';
import { startDeadline } from './deadline.ts';
import type { Deadline } from './deadline.ts';
import { createRateLimiter } from './rate-limiter.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { readBody } from './read-body.ts';
import { readLines } from './read-lines.ts';
import { retryOf } from './retry.ts';
import { statusError } from './status-error.ts';
import type { ApiRequest, Query, StreamRequest, Transport } from './transport.ts';

const DEFAULT_TIMEOUT_MS = 30_000;

/** The path and query that are asked for, and how often it has been tried. */
interface Attempt {
  readonly request: ApiRequest;
  readonly what: string;
  readonly use: 'requests' | 'streams';
  readonly deadline: Deadline;
}

/** {@link Transport} over undici. */
export class HttpTransport implements Transport {
  readonly host: string;
  readonly #origin: string;
  readonly #basePath: string;
  readonly #pool: ConnectionPool;
  readonly #limiter: RateLimiter;
  readonly #maxAnswerBytes: number;
  readonly #userAgent: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #metrics: RestMetrics | undefined;

  constructor(config: KubeConfig, options: TransportOptions) {
    const url = new URL(config.server);
    this.host = url.host;
    this.#origin = url.origin;
    this.#basePath = url.pathname.replace(/\/$/, '');
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#logger = options.logger ?? silentLogger;
    this.#metrics = options.metrics;
    this.#userAgent = options.userAgent;
    this.#maxAnswerBytes = options.maxAnswerBytes ?? 64 * 1024 * 1024;
    this.#pool = new ConnectionPool(config, {
      maxConnections: options.maxConnections ?? 16,
      clock: this.#clock,
      dispatcher: options.dispatcher,
    });
    this.#limiter = createRateLimiter({ qps: options.qps ?? 50, burst: options.burst ?? 100 }, this.#clock);
  }

  async request(request: ApiRequest): Promise<unknown> {
    const what = describe(request);
    const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const deadline = startDeadline(this.#clock, { timeoutMs, signal: request.signal, what });
    try {
      return await this.#retried({ request, what, use: 'requests', deadline }, (answer) => this.#json(answer, what));
    } catch (error) {
      throw asApiError(error, what, deadline);
    } finally {
      deadline.end();
    }
  }

  async *stream(request: StreamRequest): AsyncGenerator<unknown> {
    const what = describe(request);
    const deadline = startDeadline(this.#clock, { signal: request.signal, what });
    try {
      const body = await this.#retried({ request, what, use: 'streams', deadline }, async (answer) => answer.body);
      // Leaving this loop, however it is left, destroys the body and with it the connection.
      for await (const line of readLines(body, this.#maxAnswerBytes)) yield parseJson(line, what);
      if (deadline.signal.aborted) throw deadline.signal.reason;
    } catch (error) {
      throw asApiError(error, what, deadline);
    } finally {
      deadline.end();
    }
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  /** Sends until there is an answer that counts. */
  async #retried<R>(attempt: Attempt, read: (answer: Dispatcher.ResponseData) => Promise<R>): Promise<R> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await read(await this.#send(attempt));
      } catch (raw) {
        const error = asApiError(raw, attempt.what, attempt.deadline);
        const retry = retryOf(error, { tries, use: attempt.use, method: attempt.request.method });
        if (retry === undefined) throw error;
        if (error.status === 401) this.#pool.doubtCredentials();
        const waitMs = retry.waitMs ?? backoffMs({ baseMs: 100, maxMs: 2_000, jitter: 0.5 }, tries - 1, this.#random);
        if (waitMs >= attempt.deadline.leftMs()) throw error;
        this.#logger.debug('Request is repeated', { request: attempt.what, waitMs, error });
        await sleep(this.#clock, waitMs, attempt.deadline.signal);
        attempt.deadline.signal.throwIfAborted();
      }
    }
  }

  async #send({ request, what, use, deadline }: Attempt): Promise<Dispatcher.ResponseData> {
    const exempt = use === 'streams' || request.rate === 'exempt';
    if (!exempt) await this.#admit(request.method === 'GET' ? 'read' : 'write', deadline);
    const { dispatcher, headers } = await this.#pool.connection(exempt ? 'unbounded' : 'bounded');
    let code = '<error>';
    try {
      const answer = await dispatcher.request({
        origin: this.#origin,
        path: `${this.#basePath}${request.path}${queryOf(request.query)}`,
        method: request.method,
        headers: { ...headers, ...this.#headersOf(request) },
        body: request.body === undefined ? null : JSON.stringify(request.body),
        signal: deadline.signal,
      });
      code = String(answer.statusCode);
      if (answer.statusCode < 200 || answer.statusCode > 299) throw await this.#refusal(answer, what);
      return answer;
    } finally {
      this.#metrics?.request(request.method, this.host, code);
    }
  }

  async #admit(kind: 'read' | 'write', deadline: Deadline): Promise<void> {
    try {
      await this.#limiter.admit(kind, deadline.signal);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new ApiError(error.code, `${error.message}; it was not sent yet`, { sent: false, cause: error.cause });
    }
  }

  #headersOf(request: ApiRequest): Readonly<Record<string, string>> {
    return {
      accept: request.accept ?? 'application/json',
      'user-agent': this.#userAgent,
      ...(request.body !== undefined && { 'content-type': request.contentType ?? 'application/json' }),
    };
  }

  async #refusal(answer: Dispatcher.ResponseData, what: string): Promise<ApiError> {
    const text = await readBody(answer.body, this.#maxAnswerBytes);
    const header = answer.headers['retry-after'];
    const retryAfter = Array.isArray(header) ? header[0] : header;
    return statusError({ what, status: answer.statusCode, retryAfter, body: jsonOrText(text) });
  }

  async #json(answer: Dispatcher.ResponseData, what: string): Promise<unknown> {
    const text = await readBody(answer.body, this.#maxAnswerBytes);
    return text === '' ? undefined : parseJson(text, what);
  }
}

/** The request without its query, which may hold long tokens. */
function describe({ method, path }: StreamRequest): string {
  return `${method} ${path}`;
}

function queryOf(query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  // Most say no more than who writes; what has to be escaped is left to those who know how.
  const isPlain = given.every(([, value]) => typeof value !== 'string' || /^[\w.-]*$/.test(value));
  const pairs = given.map(([name, value]) => [name, String(value)] as const);
  const text = isPlain
    ? pairs.map((pair) => pair.join('=')).join('&')
    : new URLSearchParams(Object.fromEntries(pairs)).toString();
  return text === '' ? '' : `?${text}`;
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiError('BadAnswer', `${what}: the answer is no JSON`, { cause });
  }
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not the API server but something before it: its words are all there is.
    return text;
  }
}

function asApiError(error: unknown, what: string, deadline: Deadline): ApiError {
  if (error instanceof ApiError) return error;
  if (deadline.signal.aborted && deadline.signal.reason instanceof ApiError) return deadline.signal.reason;
  const why = error instanceof Error ? error.message || error.name : String(error);
  return new ApiError('Unreachable', `${what}: ${why}`, { sent: !NEVER_SENT.has(codeOf(error)), cause: error });
}

/** Failures before there is a connection. */
const NEVER_SENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
