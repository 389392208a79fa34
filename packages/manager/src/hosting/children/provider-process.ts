import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '@virtrigaud/kube-runtime';
import type { Logger } from '@virtrigaud/service-kit';
import { ManagerError } from '../../errors.ts';
import { ChildLog } from './child-log.ts';
import type { ProviderProgram } from './find-provider-program.ts';

/** How long a provider may take until it listens. */
const announceWithinMs = 30_000;
/** How long it may take to drain; it gives itself less. */
const graceMs = 30_000;

/** What to start. */
export interface ProviderProcessOptions {
  readonly program: ProviderProgram;
  readonly env: Readonly<Record<string, string>>;
  /** Takes what it logs. */
  readonly logger: Logger;
  readonly clock: Clock;
}

/** What a provider says once it listens. */
export interface Announcement {
  readonly address: string;
  /** Where its metrics and its health are. */
  readonly metricsPort: number | undefined;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * A provider as a child process. Its standard input is its lifeline: when this process ends, however, the pipe breaks, and the child
 * drains and ends, too.
 */
export class ProviderProcess {
  readonly pid: number;
  /** Resolves with how it ended, and what it said last. */
  readonly ended: Promise<string>;
  readonly #child: Child;
  readonly #clock: Clock;

  private constructor(child: Child, ended: Promise<string>, clock: Clock) {
    this.pid = child.pid ?? 0;
    this.#child = child;
    this.ended = ended;
    this.#clock = clock;
  }

  /** Starts the program. */
  static start({ program, env, logger, clock }: ProviderProcessOptions): ProviderProcess {
    // A process group of its own: a Ctrl-C at a terminal is for us, and reaches it through us.
    const child = spawn(program.command, program.args, { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const log = new ChildLog(logger);
    createInterface({ input: child.stderr }).on('line', (text) => log.line(text));
    // An end while something is written to it says nothing that its end does not say.
    child.stdin.on('error', () => undefined);
    const ended = new Promise<string>((resolve) => {
      child.once('close', (code, signal) => {
        const how = signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
        resolve(log.lastWords === '' ? how : `${how}: ${log.lastWords}`);
      });
      child.once('error', (error) => resolve(error.message));
    });
    return new ProviderProcess(child, ended, clock);
  }

  /**
   * Where it listens: the line on standard output that says so.
   *
   * @throws {@link ManagerError} `ProviderNotStarted`: it ended before, or takes too long.
   */
  async announced(): Promise<Announcement> {
    const announced = new Promise<Announcement>((resolve) => {
      createInterface({ input: this.#child.stdout }).on('line', (text) => {
        const announcement = announcementIn(text);
        if (announcement) resolve(announcement);
      });
    });
    let cancel = (): void => undefined;
    const late = new Promise<never>((_resolve, reject) => {
      cancel = this.#clock.schedule(announceWithinMs, () =>
        reject(notStarted(`it has not said where it listens within ${String(announceWithinMs / 1000)} s`)),
      );
    });
    const early = this.ended.then((how) => Promise.reject(notStarted(`it ended with ${how}`)));
    try {
      return await Promise.race([announced, early, late]);
    } finally {
      cancel();
    }
  }

  /** Asks it to drain, and ends it when it takes too long. Resolves when it has ended. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const cancel = this.#clock.schedule(graceMs, () => this.kill());
    await this.ended;
    cancel();
  }

  /** Ends it at once: a process that does not answer hears no other signal. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

function notStarted(why: string): ManagerError {
  return new ManagerError('ProviderNotStarted', why);
}

function announcementIn(text: string): Announcement | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const { message, address, metricsPort } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (message !== 'serving' || typeof address !== 'string') return undefined;
    return { address, metricsPort: typeof metricsPort === 'number' ? metricsPort : undefined };
  } catch {
    // Some other output: a provider may print what it likes.
    return undefined;
  }
}
