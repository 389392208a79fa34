import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  /** Runs a line of a shell; `virtrigaud` and `npx virtrigaud` in it are this checkout's. */
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
  const bin = await writeCommands(join(directory, 'bin'));
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    XDG_DATA_HOME: join(directory, 'data'),
    VIRTRIGAUD_KUBECONFIG: '',
    VIRTRIGAUD_MANAGER_LOG_LEVEL: 'debug',
  };
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
    run: (line) => runLine(line, { cwd: directory, env }),
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

async function writeCommands(bin: string): Promise<string> {
  await mkdir(bin);
  const node = [process.execPath, ...nodeArguments].map((word) => `'${word}'`).join(' ');
  await writeFile(join(bin, 'virtrigaud'), `#!/bin/sh\nexec ${node} "$@"\n`);
  await writeFile(join(bin, 'npx'), '#!/bin/sh\nexec "$@"\n');
  for (const name of ['virtrigaud', 'npx']) await chmod(join(bin, name), 0o755);
  return bin;
}

function runLine(line: string, options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      'sh',
      ['-c', line],
      { ...options, timeout: COMMAND_WITHIN_MS, encoding: 'utf8' },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
      },
    );
    child.stdin?.end();
  });
}
