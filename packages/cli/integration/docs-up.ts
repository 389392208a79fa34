import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../src/program.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const nodeArguments = ['--conditions=@virtrigaud/source', '--disable-warning=ExperimentalWarning', main];
const COMMAND_WITHIN_MS = 30_000;

/** What a command has printed, and how it ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `virtrigaud up --demo` from the sources, with a data directory of its own. */
export interface RunningDemo {
  /** Runs `virtrigaud …` or `npx virtrigaud …` in this process, as `main.ts` does: a process for each would take a minute. */
  run(line: string): Promise<Ended>;
  /** The text of the manager's `path`: `/metrics`, `/healthz`. */
  page(path: string): Promise<string>;
  /** The lines of the manager's log. */
  log(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Asks it to end, as Ctrl-C does. Answers its exit code. */
  stop(): Promise<number>;
}

/** Starts it, and waits until it says what to type next. Commands run in `directory`. */
export async function startDemo(directory: string, upArguments: readonly string[]): Promise<RunningDemo> {
  const own = {
    XDG_DATA_HOME: join(directory, 'data'),
    VIRTRIGAUD_KUBECONFIG: '',
    VIRTRIGAUD_MANAGER_LOG_LEVEL: 'debug',
  };
  // The mock hypervisor of an example lies in the home directory.
  const env = { ...process.env, ...own, HOME: directory };
  const up = spawn(process.execPath, [...nodeArguments, 'up', '--demo', ...upArguments], { cwd: directory, env });
  const ended = once(up, 'exit').then(([code]) => Number(code));
  let said = '';
  const ready = new Promise<void>((resolve) => {
    for (const stream of [up.stdout, up.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('Ctrl-C stops')) resolve();
      });
    }
  });
  const code = await Promise.race([ready.then(() => undefined), ended]);
  if (code !== undefined) throw new Error(`virtrigaud up ended with ${String(code)}: ${said}`);
  const log = async () => {
    const text = await readFile(join(directory, 'data/virtrigaud/up/logs/manager.log'), 'utf8');
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  };
  return {
    run: (line) => runLine(line, { directory, env: own }),
    page: async (path) => {
      const port = (await log()).find(({ message }) => message === 'manager started')?.['operationsPort'];
      return (await fetch(`http://127.0.0.1:${String(port)}${path}`)).text();
    },
    log,
    stop: async () => {
      up.kill('SIGTERM');
      return ended;
    },
  };
}

async function runLine(
  line: string,
  { directory, env }: { readonly directory: string; readonly env: Readonly<Record<string, string>> },
): Promise<Ended> {
  const words = line.replace(/^npx /, '').split(' ');
  if (words[0] !== 'virtrigaud') throw new Error(`not a command of ours: ${line}`);
  // Files lie in the directory of the demo, which is not that of this process.
  const argv = words
    .slice(1)
    .map((word, index, all) => (['-f', 'backup'].includes(all[index - 1] ?? '') ? resolve(directory, word) : word));
  let stdout = '';
  let stderr = '';
  const terminal = {
    outputIsSeen: false,
    canAsk: false,
    out: (text: string) => void (stdout += text),
    note: (text: string) => void (stderr += text),
    readInput: async () => '',
    confirm: async () => false,
  };
  const system = {
    terminal,
    env,
    home: directory,
    signal: AbortSignal.timeout(COMMAND_WITHIN_MS),
    now: () => new Date(),
    program: [process.execPath, ...nodeArguments],
  };
  const code = await runProgram(argv, { version: '0.0.0', system });
  return { code, stdout, stderr };
}
