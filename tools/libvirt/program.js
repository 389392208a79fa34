/**
 * How the programs of this folder run other programs, report progress and fail. Like everything here it runs on Node 18 without
 * any dependency.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A failure that a person can act on: what went wrong, on what, what to do next. Shown without a stack. */
export class SetupError extends Error {
  name = 'SetupError';
}

/** Prints one line of progress. It goes to standard error: standard output carries results. */
export function progress(line) {
  process.stderr.write(`==> ${line}\n`);
}

/** Runs a program and answers `{ ok, timedOut, stdout, stderr }`; a program that is not there or takes over `timeoutMs` is not ok. */
export function tryRun(command, args, { timeoutMs = 60_000, env } = {}) {
  const done = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: timeoutMs,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, LC_ALL: 'C', ...env },
  });
  return {
    ok: done.status === 0,
    timedOut: done.error?.code === 'ETIMEDOUT',
    stdout: done.stdout ?? '',
    stderr: done.error ? String(done.error.message) : (done.stderr ?? ''),
  };
}

/** Runs a program and answers its standard output, trimmed. Throws SetupError with the program's own words. */
export function run(command, args, options = {}) {
  const done = tryRun(command, args, options);
  if (!done.ok) throw new SetupError(`${[command, ...args].join(' ')} failed: ${done.stderr.trim() || 'no message'}`);
  return done.stdout.trim();
}

/** Calls `use` with the path of a file that holds `text` as long as the call lasts. */
export function withTextFile(text, use) {
  const folder = mkdtempSync(join(tmpdir(), 'virtrigaud-'));
  try {
    const path = join(folder, 'text');
    writeFileSync(path, text);
    return use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Calls `probe` until it answers something truthy, and answers that; undefined when `timeoutMs` is over. */
export async function waitFor(probe, { timeoutMs, intervalMs = 100 }) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const seen = await probe();
    if (seen) return seen;
    if (Date.now() >= end) return undefined;
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}

/** Where files that can be made again are kept. */
export function cacheFolder() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'virtrigaud');
}

/** Where files that must outlive a run are kept. */
export function stateFolder() {
  return join(process.env.XDG_STATE_HOME || join(homedir(), '.local/state'), 'virtrigaud');
}

/** Runs `body` when the module at `url` is the program itself. Its answer is printed; a SetupError ends it with code 1. */
export function asCommand(url, body) {
  if (!process.argv[1] || realpathSync(process.argv[1]) !== fileURLToPath(url)) return;
  Promise.resolve(process.argv.slice(2))
    .then(body)
    .then(
      (answer) => {
        if (answer !== undefined)
          process.stdout.write(`${typeof answer === 'string' ? answer : JSON.stringify(answer)}\n`);
      },
      (error) => {
        process.stderr.write(`error: ${error instanceof SetupError ? error.message : error.stack}\n`);
        process.exitCode = 1;
      },
    );
}
