import { AsyncResource } from 'node:async_hooks';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { Chance } from '../scenario/random.ts';
import type { Event, EventLoop } from './event-loop.ts';

const require = createRequire(import.meta.url);
type Builtin = Record<string, unknown>;
const crypto = require('node:crypto') as Builtin;
const files = require('node:fs/promises') as Builtin;
const timers = require('node:timers/promises') as Builtin;

/** What the virtual clock shows at first. */
const epochMs = Date.parse('2026-01-01T00:00:00Z');
/** Below it lie the paths of the simulation, which are no files. */
export const simulatedRoot = '/sim';

/** A timer of the virtual clock, as Node's own look to their users. */
class SimTimer {
  readonly #start: () => Event;
  readonly #loop: EventLoop;
  #event: Event;

  constructor(loop: EventLoop, start: () => Event) {
    this.#loop = loop;
    this.#start = start;
    this.#event = start();
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  refresh(): this {
    this.close();
    this.#event = this.#start();
    return this;
  }

  again(): void {
    this.#event = this.#start();
  }

  close(): void {
    this.#loop.cancel(this.#event);
  }
}

type Callback = (...args: unknown[]) => void;

/**
 * Puts virtual time and seeded chance in the place of everything that tells time or makes chance in this process: timers, dates,
 * `performance`, `AbortSignal.timeout`, `node:timers/promises`, `Math.random`, `node:crypto`. What was scheduled belongs to the process
 * whose code scheduled it.
 *
 * @returns what puts everything back.
 */
export function installGlobals(loop: EventLoop, chance: Chance): () => void {
  const later = (delayMs: number, callback: Callback, args: unknown[]): Event => {
    // What `AsyncLocalStorage.snapshot` is made of, without what that costs with each timer.
    const context = new AsyncResource('SimTimer');
    return loop.schedule(delayMs, loop.current, () => void context.runInAsyncScope(callback, undefined, ...args));
  };
  const timeout = (callback: Callback, delayMs = 1, ...args: unknown[]) =>
    new SimTimer(loop, () => later(Math.max(1, delayMs || 1), callback, args));
  const immediate = (callback: Callback, ...args: unknown[]) => new SimTimer(loop, () => later(0, callback, args));
  const interval = (callback: Callback, delayMs = 1, ...args: unknown[]) => {
    const timer: SimTimer = new SimTimer(loop, () =>
      later(
        Math.max(1, delayMs || 1),
        () => {
          timer.again();
          callback(...args);
        },
        [],
      ),
    );
    return timer;
  };
  const clear = (timer: unknown) => {
    if (timer instanceof SimTimer) timer.close();
  };
  const undo = [
    replace(globalThis, {
      setTimeout: timeout,
      clearTimeout: clear,
      setInterval: interval,
      clearInterval: clear,
      setImmediate: immediate,
      clearImmediate: clear,
      Date: virtualDate(loop),
    }),
    replace(performance, { now: () => loop.nowMs }),
    replace(AbortSignal, { timeout: (ms: number) => abortAfter(timeout, ms) }),
    replace(Math, { random: () => chance.next() }),
    replace(timers, { setTimeout: promisedTimeout(timeout) }),
    replace(crypto, {
      randomUUID: () => uuidOf(randomBytes(chance, 16)),
      randomBytes: (size: number) => randomBytes(chance, size),
    }),
    replace(files, simulatedFiles(files)),
  ];
  syncBuiltinESMExports();
  return () => {
    for (const each of undo) each();
    syncBuiltinESMExports();
  };
}

function replace(target: object, members: Readonly<Record<string, unknown>>): () => void {
  const before = Object.keys(members).map((name) => [name, Object.getOwnPropertyDescriptor(target, name)] as const);
  for (const [name, value] of Object.entries(members))
    Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: true });
  return () => {
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(target, name, descriptor);
      else Reflect.deleteProperty(target, name);
    }
  };
}

function virtualDate(loop: EventLoop): typeof Date {
  const now = () => epochMs + Math.floor(loop.nowMs);
  return class extends Date {
    constructor(...args: unknown[]) {
      if (args.length === 0) super(now());
      else super(...(args as []));
    }

    static override now(): number {
      return now();
    }
  } as typeof Date;
}

function abortAfter(timeout: (callback: Callback, delayMs: number) => unknown, ms: number): AbortSignal {
  const controller = new AbortController();
  timeout(() => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')), ms);
  return controller.signal;
}

function promisedTimeout(timeout: (callback: Callback, delayMs: number) => SimTimer) {
  return <T>(delayMs: number, value?: T, { signal }: { readonly signal?: AbortSignal } = {}): Promise<T | undefined> =>
    new Promise((resolve, reject) => {
      const aborted = () =>
        reject(Object.assign(new Error('The operation was aborted'), { name: 'AbortError', code: 'ABORT_ERR' }));
      if (signal?.aborted) return aborted();
      const timer = timeout(() => {
        signal?.removeEventListener('abort', end);
        resolve(value);
      }, delayMs);
      const end = () => {
        timer.close();
        aborted();
      };
      signal?.addEventListener('abort', end, { once: true });
    });
}

function randomBytes(chance: Chance, size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, () => chance.integer(0, 255)));
}

function uuidOf(bytes: Buffer): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The manager's directory of sockets, which hold nothing here. */
function simulatedFiles(real: Builtin): Readonly<Record<string, unknown>> {
  const unlessSimulated = (name: string, answer: unknown) => {
    const original = real[name] as (...args: unknown[]) => unknown;
    return (path: unknown, ...rest: unknown[]): unknown =>
      typeof path === 'string' && path.startsWith(simulatedRoot) ? Promise.resolve(answer) : original(path, ...rest);
  };
  const answers = { mkdir: undefined, lstat: { isDirectory: () => true }, chmod: undefined, rm: undefined };
  return Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, unlessSimulated(name, answer)]));
}
