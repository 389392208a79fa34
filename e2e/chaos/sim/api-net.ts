import type { RequestHandler } from '../../../packages/embedded-apiserver/src/http/request-handler.ts';
import { SimRequest, SimResponse } from './api-exchange.ts';
import type { EventLoop, SimProcess } from './event-loop.ts';
import type { Weather } from './weather.ts';

/** What serves the API just now. */
export interface ApiListening {
  readonly process: SimProcess;
  readonly handler: Pick<RequestHandler, 'handle'>;
}

/** What undici's dispatchers are asked. */
interface Request {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly signal: AbortSignal;
}

/** And what they answer. */
interface Response {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Buffer>;
}

/** The network between everybody and the API server. */
export class ApiNet {
  readonly #loop: EventLoop;
  readonly #weather: Weather;
  readonly #watches = new Set<() => void>();
  readonly #trace: ((line: string) => void) | undefined;
  /** Callers whose next watch is told that what it resumes from is gone. */
  #expired = new Set<SimProcess>();
  listening: ApiListening | undefined;

  constructor(loop: EventLoop, weather: Weather, trace?: (line: string) => void) {
    this.#loop = loop;
    this.#weather = weather;
    this.#trace = trace;
  }

  /** Takes the place of undici. */
  readonly dispatcher = {
    request: (request: Request): Promise<Response> => {
      const caller = this.#loop.current;
      if (!caller) return Promise.reject(new Error('a request is made by nobody'));
      return this.#send(request, caller);
    },
  };

  /** Breaks all watches. @param expire - whether they cannot go on where they were. */
  resetWatches(expire: boolean, callers: readonly SimProcess[]): void {
    if (expire) this.#expired = new Set(callers);
    for (const reset of [...this.#watches]) reset();
  }

  #send(request: Request, caller: SimProcess): Promise<Response> {
    const isWatch = /[?&]watch=(true|1)/.test(request.path);
    if (isWatch && this.#expired.has(caller) && !/[?&]sendInitialEvents=true/.test(request.path)) {
      this.#expired.delete(caller);
      return this.#refuse(caller);
    }
    const isWrite = request.method !== 'GET' && caller.name.startsWith('manager');
    const losesReply = isWrite && this.#weather.chance.percent(this.#weather.apiRepliesLostPercent);
    const exchange = new ApiExchange({ loop: this.#loop, weather: this.#weather, caller, isWatch, losesReply });
    const trace =
      this.#trace && ((what: string) => this.#trace?.(`${caller.name} ${request.method} ${request.path}: ${what}`));
    trace?.('sent');
    if (isWatch) {
      const reset = () => exchange.reset();
      this.#watches.add(reset);
      exchange.onEnd(() => this.#watches.delete(reset));
    }
    return exchange.start(request, () => this.listening, trace);
  }

  #refuse(caller: SimProcess): Promise<Response> {
    const status = {
      kind: 'Status',
      status: 'Failure',
      reason: 'Expired',
      code: 410,
      message: 'too old resource version',
    };
    return new Promise((resolve) => {
      this.#loop.schedule(this.#weather.latencyMs(), caller, () =>
        resolve({ statusCode: 410, headers: {}, body: bodyOf(Buffer.from(JSON.stringify(status))) }),
      );
    });
  }
}

async function* bodyOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** One request and its answer. */
class ApiExchange {
  readonly #loop: EventLoop;
  readonly #weather: Weather;
  readonly #caller: SimProcess;
  readonly #isWatch: boolean;
  readonly #losesReply: boolean;
  readonly #answer = Promise.withResolvers<Response>();
  readonly #chunks: Buffer[] = [];
  readonly #ends: (() => void)[] = [];
  #server: SimProcess | undefined;
  #response: SimResponse | undefined;
  #waiting: PromiseWithResolvers<void> | undefined;
  #outcome: 'open' | 'ended' | Error = 'open';
  #isLeft = false;
  #lastAtMs = 0;

  constructor(parts: {
    readonly loop: EventLoop;
    readonly weather: Weather;
    readonly caller: SimProcess;
    readonly isWatch: boolean;
    readonly losesReply: boolean;
  }) {
    this.#loop = parts.loop;
    this.#weather = parts.weather;
    this.#caller = parts.caller;
    this.#isWatch = parts.isWatch;
    this.#losesReply = parts.losesReply;
  }

  onEnd(told: () => void): void {
    this.#ends.push(told);
  }

  start(
    request: Request,
    listening: () => ApiListening | undefined,
    trace: ((what: string) => void) | undefined,
  ): Promise<Response> {
    const aborted = () => {
      this.#leave();
      this.#settle(request.signal.reason as Error);
    };
    if (request.signal.aborted) return Promise.reject(request.signal.reason as Error);
    request.signal.addEventListener('abort', aborted, { once: true });
    this.#ends.push(() => request.signal.removeEventListener('abort', aborted));
    this.#ends.push(this.#caller.onDeath(() => this.#leave()));
    this.#loop.schedule(this.#weather.latencyMs(), undefined, () => {
      const server = listening();
      if (!server || server.process.state === 'dead') {
        this.#fail('ECONNREFUSED', 'connect ECONNREFUSED');
        return;
      }
      this.#server = server.process;
      this.#ends.push(server.process.onDeath(() => this.#fail('UND_ERR_SOCKET', 'other side closed')));
      this.#loop.schedule(0, server.process, () => {
        if (this.#isLeft) return;
        trace?.('arrived');
        this.#serve(server, request);
      });
    });
    return this.#answer.promise;
  }

  /** The connection breaks. */
  reset(): void {
    this.#leave();
    this.#fail('ECONNRESET', 'the connection was reset');
  }

  #serve({ process, handler }: ApiListening, { method, path, headers, body }: Request): void {
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const request = new SimRequest({ method, url: path, headers: lower, body: body ?? undefined });
    let status = 200;
    let given: Readonly<Record<string, string>> = {};
    const response = new SimResponse({
      head: (code, said) => {
        status = code;
        given = said;
        if (this.#isWatch) this.#deliver(() => this.#answered(status, given));
      },
      chunk: (bytes) => {
        if (this.#losesReply) this.reset();
        else if (this.#isWatch) this.#deliver(() => this.#hear(bytes));
        else this.#chunks.push(bytes);
      },
      end: () =>
        this.#deliver(() => {
          if (!this.#isWatch) this.#answered(status, given);
          this.#settle('ended');
        }),
      broken: () => this.#fail('UND_ERR_SOCKET', 'other side closed'),
    });
    this.#response = response;
    this.#loop.as(process, () => {
      void handler.handle(request as never, response as never);
    });
  }

  #answered(statusCode: number, headers: Readonly<Record<string, string>>): void {
    this.#answer.resolve({ statusCode, headers, body: { [Symbol.asyncIterator]: () => this.#reader() } });
  }

  async *#reader(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk) yield chunk;
        else if (this.#outcome === 'ended') return;
        else if (this.#outcome !== 'open') throw this.#outcome;
        else await (this.#waiting = Promise.withResolvers<void>()).promise;
      }
    } finally {
      if (this.#outcome === 'open') {
        this.#leave();
        this.#settle('ended');
      }
    }
  }

  #hear(bytes: Buffer): void {
    this.#chunks.push(bytes);
    this.#waiting?.resolve();
  }

  #deliver(run: () => void): void {
    const lagMs = this.#isWatch ? this.#weather.lagMs : 0;
    const atMs = Math.max(this.#lastAtMs, this.#loop.nowMs + this.#weather.latencyMs() + lagMs);
    this.#lastAtMs = atMs;
    this.#loop.scheduleAt(atMs, this.#caller, () => {
      if (this.#outcome === 'open') run();
    });
  }

  #fail(code: string, message: string): void {
    this.#loop.schedule(this.#weather.latencyMs(), this.#caller, () =>
      this.#settle(Object.assign(new Error(message), { code })),
    );
  }

  #settle(outcome: 'ended' | Error): void {
    if (this.#outcome !== 'open') return;
    this.#outcome = outcome;
    for (const end of this.#ends) end();
    // The dead hear nothing.
    if (this.#caller.state === 'dead') return;
    if (outcome !== 'ended') this.#answer.reject(outcome);
    this.#waiting?.resolve();
  }

  #leave(): void {
    this.#isLeft = true;
    const server = this.#server;
    if (server)
      this.#loop.schedule(this.#weather.latencyMs(), server, () => this.#loop.as(server, () => this.#response?.left()));
    if (this.#caller.state === 'dead') this.#settle('ended');
  }
}
