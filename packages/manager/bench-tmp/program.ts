import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** From where programs are run: what `tsc` built, or the sources themselves. */
export type Origin = 'built' | 'source';

/** A program of this workspace that runs as a process of its own. */
export interface Program {
  readonly pid: number;
  /** Resolves with the first line of its output or log that has this message; rejects when it ends before. */
  line(message: string): Promise<Readonly<Record<string, unknown>>>;
  /** Ends it, by force when it has not drained in time. Resolves once it is gone. */
  stop(): Promise<void>;
  /** Resolves when it has ended for whatever reason; never rejects. */
  readonly exited: Promise<void>;
}

/** What {@link startProgram} needs. */
export interface ProgramOptions {
  /** Name of the package's folder. */
  readonly packageName: string;
  readonly origin: Origin;
  readonly argv: readonly string[];
  /** Options of Node itself: `--cpu-prof`. */
  readonly nodeArguments?: readonly string[];
}

const graceMs = 40_000;
const keptLines = 40;

/** Built, when every one of the packages is. */
export function originOf(packageNames: readonly string[]): Origin {
  return packageNames.every((name) => existsSync(pathOf(name, 'dist/main.js'))) ? 'built' : 'source';
}

/** Starts a program; its environment holds nothing that changes how it behaves. */
export function startProgram({ packageName, origin, argv, nodeArguments = [] }: ProgramOptions): Program {
  const main =
    origin === 'built'
      ? [pathOf(packageName, packageName === 'manager' ? 'dist/main-unlimited.js' : 'dist/main.js')]
      : [
          '--conditions=@virtrigaud/source',
          '--disable-warning=ExperimentalWarning',
          pathOf(packageName, 'src/main.ts'),
        ];
  const child = spawn(process.execPath, [...nodeArguments, ...main, ...argv], {
    cwd: pathOf('manager', '.'),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {},
  });
  const exited = once(child, 'exit');
  const seen = new Map<string, Readonly<Record<string, unknown>>>();
  const waiting = new Map<string, (line: Readonly<Record<string, unknown>>) => void>();
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (text) => {
      last.push(text);
      if (last.length > keptLines) last.shift();
      const line = parsed(text);
      const message = line?.['message'];
      if (line === undefined || typeof message !== 'string' || seen.has(message)) return;
      seen.set(message, line);
      waiting.get(message)?.(line);
    });
  }
  return {
    pid: child.pid ?? 0,
    exited: exited.then(() => undefined),
    line: async (message) => {
      const known = seen.get(message);
      if (known) return known;
      const told = new Promise<Readonly<Record<string, unknown>>>((resolve) => waiting.set(message, resolve));
      const ended = exited.then(([code]) => {
        throw new Error(`${packageName} ended (${String(code)}) before "${message}":\n${last.join('\n')}`);
      });
      return Promise.race([told, ended]);
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(force);
    },
  };
}

function pathOf(packageName: string, path: string): string {
  return fileURLToPath(new URL(`../../${packageName}/${path}`, import.meta.url));
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    // Half a line of a process that ended is no message.
    return undefined;
  }
}
