import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What is run, and how it is known that it serves. */
export interface DaemonOptions {
  readonly name: string;
  /** Path of the program below `packages/`. */
  readonly main: string;
  readonly argv: readonly string[];
  /** The message of the line with which it says so. */
  readonly readyMessage: string;
  /** Told when it ends by itself, with what it said last. */
  readonly crashed: (why: string) => void;
}

/** How long a program may take until it serves, on a machine that does much else. */
const startDeadlineMs = 60_000;
const keptLines = 60;

/** A program that is killed, stopped and started again, as often as wanted. */
export class Daemon {
  readonly name: string;
  readonly #options: DaemonOptions;
  #child: ChildProcess | undefined;
  #lines: string[] = [];
  #exited: Promise<void> = Promise.resolve();
  #isEnding = false;

  constructor(options: DaemonOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** What it said last, its earlier lives included. */
  log(): string {
    return this.#lines.join('\n');
  }

  /** Starts it, unless it runs. Resolves with the line that says that it serves. */
  async start(): Promise<Readonly<Record<string, unknown>>> {
    if (this.#child) return {};
    const { name, main, argv, readyMessage } = this.#options;
    this.#isEnding = false;
    const child = spawn(
      process.execPath,
      ['--conditions=@virtrigaud/source', '--disable-warning=ExperimentalWarning', pathOf(main), ...argv],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { NODE_COMPILE_CACHE: compileCache }, cwd: pathOf('manager') },
    );
    this.#child = child;
    endsWithThisProcess(child);
    this.#exited = new Promise((resolve) => child.once('exit', () => resolve()));
    child.once('exit', (code, signal) => this.#ended(child, `it ended with ${String(code ?? signal)}`));
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${name} does not serve: ${why}\n${this.log()}`));
      const timer = setTimeout(() => fail('time is over'), startDeadlineMs);
      child.once('exit', () => {
        clearTimeout(timer);
        // Killed while it started: that is what was wanted.
        if (this.#isEnding) resolve({});
        else fail('it ended');
      });
      this.#listen(child, (line) => {
        if (line['message'] !== readyMessage) return;
        clearTimeout(timer);
        resolve(line);
      });
    });
  }

  /** SIGKILL. Resolves once it is gone. */
  async kill(): Promise<void> {
    this.#isEnding = true;
    this.#child?.kill('SIGKILL');
    await this.#exited;
  }

  /** SIGSTOP. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  /** SIGCONT. */
  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  #listen(child: ChildProcess, told: (line: Readonly<Record<string, unknown>>) => void): void {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (text) => {
        this.#lines.push(text);
        if (this.#lines.length > keptLines) this.#lines.shift();
        const line = parsed(text);
        if (line) told(line);
      });
    }
  }

  #ended(child: ChildProcess, why: string): void {
    if (this.#child === child) this.#child = undefined;
    if (!this.#isEnding) this.#options.crashed(`${this.name}: ${why}\n${this.log()}`);
  }
}

/** Programs are started so often that what Node makes of their sources is worth keeping. */
const compileCache = fileURLToPath(new URL('../../out-tsc/compile-cache', import.meta.url));

/** Whoever ends a run ends what it has started. */
export function endsWithThisProcess(child: ChildProcess): void {
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.removeListener('exit', end));
}

/** Where something below `packages/` is. */
export function pathOf(path: string): string {
  return fileURLToPath(new URL(`../../../packages/${path}`, import.meta.url));
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    // Half a line of a process that was killed is no message.
    return undefined;
  }
}
