import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A program of this workspace that runs from its sources, as a process of its own. */
export interface Program {
  /** Resolves with the first line of its output or log that has this message. */
  line(message: string): Promise<Readonly<Record<string, unknown>>>;
  /** All lines so far of its output or log that have this message. */
  lines(message: string): readonly Readonly<Record<string, unknown>>[];
  /** Everything it has logged, for the message of a failed test. */
  log(): string;
  readonly pid: number;
  kill(signal?: NodeJS.Signals): void;
  /** Resolves with its exit code; null after a signal. */
  readonly exited: Promise<number | null>;
}

const deadlineMs = 60_000;

/** Starts a program by its path below `packages/`, with more options of Node's own where they are given. */
export function startProgram(path: string, argv: readonly string[], nodeOptions: readonly string[] = []): Program {
  const main = fileURLToPath(new URL(`../../../${path}`, import.meta.url));
  const child = spawn(
    process.execPath,
    ['--conditions=@virtrigaud/source', '--disable-warning=ExperimentalWarning', ...nodeOptions, main, ...argv],
    {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'pipe'],
      // The options of the process that runs jest are not this one's.
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  );
  const lines: string[] = [];
  const waiting = new Map<string, (line: Readonly<Record<string, unknown>>) => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (text) => {
      lines.push(text);
      const line = parse(text);
      if (typeof line?.['message'] === 'string') waiting.get(line['message'])?.(line);
    });
  }
  const exited = exitOf(child);
  return {
    exited,
    pid: child.pid ?? 0,
    lines: (message) =>
      lines.flatMap((text) => {
        const line = parse(text);
        return line?.['message'] === message ? [line] : [];
      }),
    log: () => lines.slice(-60).join('\n'),
    kill: (signal = 'SIGTERM') => void child.kill(signal),
    line: (message) =>
      new Promise((resolve, reject) => {
        const known = lines.map(parse).find((line) => line?.['message'] === message);
        if (known) {
          resolve(known);
          return;
        }
        const fail = (why: string) =>
          reject(new Error(`${path}: no line "${message}" (${why})\n${lines.slice(-60).join('\n')}`));
        const timer = setTimeout(() => fail('time is over'), deadlineMs);
        waiting.set(message, (line) => {
          clearTimeout(timer);
          resolve(line);
        });
        void exited.then((code) => {
          clearTimeout(timer);
          fail(`it ended with ${String(code)}`);
        });
      }),
  };
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    // Half a line of a killed process is no message.
    return undefined;
  }
}
