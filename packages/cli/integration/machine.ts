import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const nodeArguments = ['--conditions=@virtrigaud/source', '--disable-warning=ExperimentalWarning', main];

/** What a command printed, and how it ended. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A user with a home directory of its own, on this machine. */
export interface Machine {
  readonly home: string;
  /** Runs `virtrigaud` to its end. */
  run(
    args: readonly string[],
    options?: { readonly input?: string; readonly env?: Readonly<Record<string, string>> },
  ): Promise<Ran>;
  /** Starts `virtrigaud` and leaves it running until {@link Machine.remove}. */
  start(args: readonly string[]): Running;
  /** Ends what was started, and removes the home directory. */
  remove(): Promise<void>;
}

/** A `virtrigaud` that runs. */
export interface Running {
  readonly process: ChildProcess;
  /** Resolves when it has ended. */
  readonly ended: Promise<Ran>;
  /** Resolves when standard output holds the text; rejects when the program ends before, or after 120 s. */
  printed(text: string): Promise<void>;
}

/** Makes a user. */
export async function aMachine(): Promise<Machine> {
  const home = await mkdtemp(join(tmpdir(), 'virtrigaud-cli-'));
  const environment = { PATH: process.env['PATH'] ?? '', HOME: home };
  const running: Running[] = [];
  const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const child = spawn(process.execPath, [...nodeArguments, ...args], { env: { ...environment, ...env }, cwd: home });
    return follow(child);
  };
  return {
    home,
    run: async (args, { input = '', env = {} } = {}) => {
      const command = start(args, env);
      command.process.stdin?.end(input);
      return command.ended;
    },
    start: (args) => {
      const one = start(args);
      running.push(one);
      return one;
    },
    remove: async () => {
      for (const one of running) {
        one.process.kill('SIGTERM');
        await one.ended;
      }
      await rm(home, { recursive: true, force: true });
    },
  };
}

function follow(child: ChildProcess): Running {
  const texts = { out: '', err: '' };
  const listeners = new Set<() => void>();
  const take = (stream: 'out' | 'err') => (chunk: Buffer) => {
    texts[stream] += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout?.on('data', take('out'));
  child.stderr?.on('data', take('err'));
  const ended = new Promise<Ran>((resolve) => child.once('close', (code) => resolve({ code, ...texts })));
  const printed = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        listeners.delete(look);
        settle();
      };
      const timer = setTimeout(
        () => end(() => reject(new Error(`not printed within 120 s: ${text}: ${texts.out}${texts.err}`))),
        120_000,
      );
      const look = () => {
        if (texts.out.includes(text)) end(resolve);
      };
      listeners.add(look);
      look();
      void ended.then(({ code, err }) =>
        end(() => reject(new Error(`ended with ${String(code)} before it printed ${text}: ${err}`))),
      );
    });
  return { process: child, ended, printed };
}
