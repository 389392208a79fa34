import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { beginLog } from '../logs/log-file.ts';
import { identityOf, type ProcessIdentity } from '../target/process-identity.ts';

/** What to start. */
export interface ChildOptions {
  /** For people: `manager`. */
  readonly title: string;
  /** Arguments of Node. */
  readonly args: readonly string[];
  /** Where its output goes; what earlier runs put there is kept beside it. */
  readonly logFile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A program that runs, or has ended. */
export interface Child {
  readonly title: string;
  readonly logFile: string;
  readonly identity: ProcessIdentity;
  /** Resolves when it has ended, with how: `exit code 1`, `signal SIGKILL`. */
  readonly ended: Promise<string>;
  /** Asks it to end, and ends it after `graceMs`. Resolves when it has ended. Idempotent. */
  stop(graceMs: number): Promise<void>;
}

/** Starts a program in a process group of its own, so that a Ctrl-C reaches it through {@link Child.stop} only, in its turn. */
export async function startChild({ title, args, logFile, env }: ChildOptions): Promise<Child> {
  beginLog(logFile);
  // It appends, so that the file can be cut off while it writes.
  const log = await open(logFile, 'a', 0o600);
  try {
    const process_ = spawn(process.execPath, [...args], {
      detached: true,
      env: { ...env },
      stdio: ['ignore', log.fd, log.fd],
    });
    const ended = new Promise<string>((resolve) => {
      process_.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
      process_.once('error', (error) => resolve(error.message));
    });
    await Promise.race([once(process_, 'spawn'), ended]);
    const pid = process_.pid ?? 0;
    const identity = (pid === 0 ? undefined : await identityOf(pid)) ?? { pid, started: '' };
    let hasEnded = false;
    void ended.then(() => (hasEnded = true));
    const stop = async (graceMs: number) => {
      if (!hasEnded) process_.kill('SIGTERM');
      const timer = setTimeout(() => process_.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    };
    return { title, logFile, identity, ended, stop };
  } finally {
    await log.close();
  }
}

/** The last words of a program, in one line; empty where it said none. */
export async function lastWords(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).split('\n').filter((line) => line.trim() !== '' && !isRoutine(line));
  return messageOf(lines.at(-1) ?? '');
}

/** What a program says of its daily work explains no end: a killed one has no last words. */
const isRoutine = (line: string) => /"level":"(debug|info)"/.test(line) || line.startsWith('{"message":"serving"');

/** The message, and the error, of a line of a JSON log; other lines as they are. */
function messageOf(line: string): string {
  try {
    const { message, error } = JSON.parse(line) as { readonly message?: string; readonly error?: unknown };
    return [message, wordsOf(error)].filter(Boolean).join(': ') || line;
  } catch (error) {
    // Not every last word is a log entry: a crash prints plain text.
    if (error instanceof SyntaxError) return line;
    throw error;
  }
}

function wordsOf(error: unknown): string | undefined {
  if (typeof error === 'string') return error;
  return (error as { readonly message?: string } | undefined)?.message;
}
