import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
const program = join(root, 'packages/cli/bin/virtrigaud.js');

/** How a program ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export function run(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; input?: string } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd ?? root, env: options.env ?? process.env, stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, stdout, stderr });
    });
    child.stdin.end(options.input);
  });
}

/** The same for a program that has to succeed: answers what it printed. */
export async function succeed(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(code)}: ${stderr || stdout}`);
  return stdout;
}

/** A data directory of the test's own, so that no other `up` of this user is met. */
export class Home {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** Ended with the home, however its test ends. */
  readonly children: ChildProcess[] = [];

  private constructor(directory: string, extra: NodeJS.ProcessEnv) {
    this.directory = directory;
    const { VIRTRIGAUD_KUBECONFIG: _k, KUBECONFIG: _c, ...env } = process.env;
    this.env = { ...env, XDG_DATA_HOME: directory, NO_COLOR: '1', ...extra };
  }

  static async make(extra: NodeJS.ProcessEnv = {}): Promise<Home> {
    return new Home(await mkdtemp(join(tmpdir(), 'virtrigaud-e2e-')), extra);
  }

  virtrigaud(...args: string[]): Promise<string> {
    return succeed(process.execPath, [program, ...args], { env: this.env });
  }

  async remove(): Promise<void> {
    for (const child of this.children) await interrupt(child);
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Starts `virtrigaud up`, and resolves once it has said what to type next. */
export async function startUp(home: Home, ...args: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, 'up', ...args], { env: home.env, stdio: ['ignore', 'pipe', 'pipe'] });
  home.children.push(child);
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Next, in another terminal')) resolve();
    });
    child.once('exit', (code) => {
      reject(new Error(`virtrigaud up ended with ${String(code)}: ${said}`));
    });
  });
  return child;
}

/** Ends a process of ours as a person would, and waits until it is gone. */
export async function interrupt(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  return ended;
}

/** Asks again until the answer is as wanted. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  withinMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${String(withinMs)} ms; last: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 250);
    });
  }
}

export const textOf = (path: string): Promise<string> => readFile(join(root, path), 'utf8');
