import { Metadata, type CallOptions } from '@grpc/grpc-js';
import { rpcOf, type CallUnderWay, type Fate, type Weather } from './weather.ts';
import type { Event, EventLoop, SimProcess } from './event-loop.ts';
import type { Answering, Arrival, RpcServer } from './rpc-server.ts';

const unavailable = 14;
const cancelled = 1;
const deadlineExceeded = 4;

/** A call's failure, as grpc-js tells it. */
function failure(code: number, details: string): Error {
  return Object.assign(new Error(`${String(code)}: ${details}`), { code, details, metadata: new Metadata() });
}

/** What both kinds of call are made of. */
interface Outgoing {
  readonly arrival: Arrival;
  readonly fate: Fate;
  readonly call: CallUnderWay;
  readonly isStream: boolean;
  readonly answer: {
    message(bytes: Buffer): void;
    ended(): void;
    failed(error: Error): void;
  };
}

/** The network between managers and providers. Everything that crosses it takes time, and may be lost. */
export class RpcNet {
  readonly #loop: EventLoop;
  readonly #weather: Weather;
  readonly #servers = new Map<string, RpcServer>();
  readonly trace: ((line: string) => void) | undefined;

  constructor(loop: EventLoop, weather: Weather, trace?: (line: string) => void) {
    this.#loop = loop;
    this.#weather = weather;
    this.trace = trace;
  }

  /** Who listens at an address from now on. */
  listen(address: string, server: RpcServer): void {
    this.#servers.set(address, server);
  }

  /** What a client makes its calls on. */
  wireTo(address: string) {
    return {
      makeUnaryRequest: (
        path: string,
        serialize: (value: unknown) => Buffer,
        deserialize: (bytes: Buffer) => unknown,
        argument: unknown,
        metadata: Metadata,
        options: CallOptions,
        callback: (error: Error | null, value?: unknown) => void,
      ) => {
        const arrival = { path, bytes: serialize(argument), metadata, timeoutMs: timeoutOf(options) };
        const exchange = this.#send(address, arrival, false, {
          message: (bytes) => callback(null, deserialize(bytes)),
          ended: () => undefined,
          failed: (error) => callback(error),
        });
        return { once: () => undefined, cancel: () => exchange.cancel() };
      },
      makeServerStreamRequest: (
        path: string,
        serialize: (value: unknown) => Buffer,
        deserialize: (bytes: Buffer) => unknown,
        argument: unknown,
        metadata: Metadata,
        options: CallOptions,
      ) => {
        const queue = new StreamQueue<unknown>();
        const arrival = { path, bytes: serialize(argument), metadata, timeoutMs: timeoutOf(options) };
        const exchange = this.#send(address, arrival, true, {
          message: (bytes) => queue.push(deserialize(bytes)),
          ended: () => queue.end(undefined),
          failed: (error) => queue.end(error),
        });
        return {
          once: () => undefined,
          cancel: () => exchange.cancel(),
          [Symbol.asyncIterator]: () => queue,
        };
      },
      close: () => undefined,
    };
  }

  #send(address: string, arrival: Arrival, isStream: boolean, answer: Outgoing['answer']): Exchange {
    const caller = this.#loop.current;
    if (!caller) throw new Error('a call is made by nobody');
    let exchange: Exchange | undefined = undefined as Exchange | undefined;
    const call: CallUnderWay = {
      rpc: rpcOf(arrival.path),
      caller,
      server: undefined,
      ...(isStream && { reset: () => exchange?.reset() }),
    };
    const fate = this.#weather.begins(call);
    const outgoing = { arrival, fate, call, isStream, answer };
    exchange = new Exchange({
      loop: this.#loop,
      weather: this.#weather,
      server: () => this.#servers.get(address),
      trace:
        this.trace &&
        ((what) => this.trace?.(`${caller.name} -> ${address} ${arrival.path.split('/').at(-1) ?? ''}: ${what}`)),
      outgoing,
    });
    exchange.start();
    return exchange;
  }
}

function timeoutOf({ deadline }: CallOptions): number | undefined {
  return deadline === undefined ? undefined : Math.max(0, Number(deadline) - Date.now());
}

/** One call, from its sending to whatever end. */
class Exchange {
  readonly #loop: EventLoop;
  readonly #weather: Weather;
  readonly #server: () => RpcServer | undefined;
  readonly #outgoing: Outgoing;
  readonly #caller: SimProcess;
  readonly #trace: ((what: string) => void) | undefined;
  #deadline: Event | undefined;
  #unwatch: (() => void)[] = [];
  #cancelServer: (() => void) | undefined;
  #isOver = false;
  /** When the last message of the stream will have arrived: none overtakes another. */
  #lastAtMs = 0;

  constructor(parts: {
    readonly loop: EventLoop;
    readonly weather: Weather;
    readonly server: () => RpcServer | undefined;
    readonly trace: ((what: string) => void) | undefined;
    readonly outgoing: Outgoing;
  }) {
    this.#loop = parts.loop;
    this.#weather = parts.weather;
    this.#server = parts.server;
    this.#outgoing = parts.outgoing;
    this.#caller = parts.outgoing.call.caller;
    this.#trace = parts.trace;
  }

  start(): void {
    const { arrival, fate } = this.#outgoing;
    this.#trace?.('sent');
    if (arrival.timeoutMs !== undefined) {
      this.#deadline = this.#loop.schedule(arrival.timeoutMs, this.#caller, () => {
        this.#leave();
        this.#settle(() => this.#outgoing.answer.failed(failure(deadlineExceeded, 'Deadline exceeded')));
      });
    }
    this.#unwatch.push(this.#caller.onDeath(() => this.#leave()));
    const arrive = () => this.#loop.schedule(this.#weather.latencyMs(), undefined, () => this.#arrive());
    if (fate.holdUntil) fate.holdUntil(() => this.#arrive());
    else arrive();
    if (fate.againAfterMs !== undefined) this.#loop.schedule(fate.againAfterMs, undefined, () => this.#arriveAgain());
  }

  /** The caller gives up. */
  cancel(): void {
    if (this.#isOver) return;
    this.#leave();
    this.#loop.schedule(0, this.#caller, () =>
      this.#settle(() => this.#outgoing.answer.failed(failure(cancelled, 'Cancelled on client'))),
    );
  }

  /** The connection breaks. */
  reset(): void {
    this.#leave();
    this.#fail('the connection was reset');
  }

  #arrive(): void {
    const { arrival, fate, call } = this.#outgoing;
    const server = this.#server();
    if (!server || server.process.state === 'dead' || !server.isListening) {
      this.#fail('no connection established: connect ECONNREFUSED');
      return;
    }
    call.server = server.process;
    this.#unwatch.push(server.process.onDeath(() => this.#fail('the connection was reset')));
    this.#loop.schedule(0, server.process, () => {
      // A caller that has left is seen to have left, unless the call was held up somewhere that knows nothing of it.
      if (this.#isOver && !fate.holdUntil) return;
      this.#trace?.('arrived');
      this.#cancelServer = server.take(arrival, this.#answering());
    });
  }

  /** A second copy, whose answers nobody hears. It comes by the same connection, which ends with the process it leads to. */
  #arriveAgain(): void {
    const server = this.#server();
    if (
      !server ||
      server.process !== this.#outgoing.call.server ||
      server.process.state === 'dead' ||
      !server.isListening
    )
      return;
    this.#loop.schedule(0, server.process, () => {
      this.#trace?.('arrived again');
      const cancel = server.take(this.#outgoing.arrival, {
        message: () => undefined,
        ended: () => undefined,
        failed: () => undefined,
      });
      if (this.#outgoing.isStream) this.#loop.schedule(1_000, server.process, cancel);
    });
  }

  #answering(): Answering {
    const { answer, isStream, fate } = this.#outgoing;
    if (fate.reply !== 'delivered') {
      const lost = () => {
        this.#trace?.('reply lost');
        if (fate.reply === 'reset') this.reset();
      };
      return { message: lost, ended: lost, failed: lost };
    }
    return {
      message: (bytes) =>
        this.#deliver(() => (isStream ? answer.message(bytes) : this.#settle(() => answer.message(bytes)))),
      ended: () => this.#deliver(() => this.#settle(() => answer.ended())),
      failed: (status) => {
        const { code = 2, details = '', metadata } = status as { code?: number; details?: string; metadata?: Metadata };
        const error = Object.assign(failure(code, details), metadata ? { metadata } : {});
        this.#deliver(() => this.#settle(() => answer.failed(error)));
      },
    };
  }

  /** Takes what the server says to the caller, in order. */
  #deliver(run: () => void): void {
    const lagMs = this.#outgoing.isStream ? this.#weather.lagMs : 0;
    const atMs = Math.max(this.#lastAtMs, this.#loop.nowMs + this.#weather.latencyMs() + lagMs);
    this.#lastAtMs = atMs;
    this.#loop.scheduleAt(atMs, this.#caller, () => {
      if (!this.#isOver) this.#loop.as(this.#caller, run);
    });
  }

  #fail(details: string): void {
    this.#loop.schedule(this.#weather.latencyMs(), this.#caller, () =>
      this.#settle(() => this.#outgoing.answer.failed(failure(unavailable, details))),
    );
  }

  #settle(tell: () => void): void {
    if (this.#isOver) return;
    this.#end();
    this.#loop.as(this.#caller, tell);
  }

  /** The caller is no longer there: the server learns of it a little later. */
  #leave(): void {
    if (this.#caller.state === 'dead') this.#end();
    if (this.#outgoing.fate.holdUntil) return;
    const { server } = this.#outgoing.call;
    if (server) this.#loop.schedule(this.#weather.latencyMs(), server, () => this.#cancelServer?.());
  }

  #end(): void {
    this.#trace?.('over');
    this.#isOver = true;
    this.#loop.cancel(this.#deadline);
    for (const unwatch of this.#unwatch) unwatch();
    this.#unwatch = [];
    this.#weather.ends(this.#outgoing.call);
  }
}

/** Messages that wait for their reader. */
class StreamQueue<T> implements AsyncIterator<T> {
  readonly #messages: T[] = [];
  #waiting: PromiseWithResolvers<IteratorResult<T>> | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  push(message: T): void {
    if (this.#waiting) {
      this.#waiting.resolve({ done: false, value: message });
      this.#waiting = undefined;
    } else this.#messages.push(message);
  }

  end(error: Error | undefined): void {
    this.#end ??= { error };
    if (!this.#waiting) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (error) waiting.reject(error);
    else waiting.resolve({ done: true, value: undefined });
  }

  async next(): Promise<IteratorResult<T>> {
    const message = this.#messages.shift();
    if (message !== undefined) return { done: false, value: message };
    if (this.#end?.error) throw this.#end.error;
    if (this.#end) return { done: true, value: undefined };
    this.#waiting = Promise.withResolvers<IteratorResult<T>>();
    return this.#waiting.promise;
  }

  async return(): Promise<IteratorResult<T>> {
    return { done: true, value: undefined };
  }
}
