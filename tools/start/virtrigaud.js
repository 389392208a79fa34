import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { root, workspaceEnvironment } from '../bootstrap.js';
import { SetupError } from '../libvirt/program.js';

const program = join(root, 'packages/cli/bin/virtrigaud.js');
const env = () => workspaceEnvironment();

/** Where this user's data lies, by the XDG rules. */
export function dataDirectory() {
  const base = process.env.XDG_DATA_HOME;
  return join(base?.startsWith('/') ? base : join(homedir(), '.local', 'share'), 'virtrigaud');
}

/** Runs a command of the CLI and answers what it printed. Throws SetupError with its words. */
export function virtrigaud(args, input) {
  const done = spawnSync('node', [program, ...args], { encoding: 'utf8', env: env(), input });
  if (done.status !== 0) throw new SetupError(`virtrigaud ${args.join(' ')}: ${done.stderr.trim()}`);
  return done.stdout;
}

/** Whether a VM of this name is declared already. */
export function exists(name) {
  return virtrigaud(['get', 'vm', '-o', 'name'])
    .split('\n')
    .some((line) => line.endsWith(`/${name}`));
}

/** Whether an `up` of this user runs already: then its kubeconfig's path. */
export function runningKubeconfig() {
  const done = spawnSync('node', [program, 'kubeconfig'], { encoding: 'utf8', env: env() });
  return done.status === 0 ? done.stdout.trim() : undefined;
}

/**
 * Starts `virtrigaud up` and waits until it can be spoken to.
 *
 * @param {{ outlives: boolean }} options whether it goes on when this process has ended
 */
export async function startUp({ outlives }) {
  mkdirSync(dataDirectory(), { recursive: true, mode: 0o700 });
  const logFile = join(dataDirectory(), 'up.log');
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn('node', [program, 'up'], { env: env(), detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  let ended = false;
  const exited = new Promise((resolve) => {
    child.once('exit', (code) => {
      ended = true;
      resolve(code ?? 1);
    });
  });
  for (const deadline = Date.now() + 60_000; !readFileSync(logFile, 'utf8').includes('Next, in another terminal');) {
    if (ended || Date.now() > deadline)
      throw new SetupError(`virtrigaud up did not start: ${readFileSync(logFile, 'utf8').trim()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (outlives) child.unref();
  const stop = () => {
    // Whoever waits for its end must not end first: a failure would be reported as success.
    child.ref();
    if (!ended) child.kill('SIGTERM');
  };
  return { pid: child.pid, exited, stop };
}

/**
 * Shows each change of a VM, and resolves once it is Ready and has an address.
 *
 * @param {string} name
 * @param {{ timeoutMs: number, show: (line: string) => void, signal: AbortSignal }} options
 */
export async function watchUntilReady(name, { timeoutMs, show, signal }) {
  const watch = spawn('node', [program, 'get', 'vm', name, '-w'], { env: env(), stdio: ['ignore', 'pipe', 'inherit'] });
  const timer = setTimeout(() => watch.kill('SIGTERM'), timeoutMs);
  const end = () => watch.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  try {
    let rest = '';
    for await (const chunk of watch.stdout) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const line of lines) show(line);
      const vm = JSON.parse(virtrigaud(['get', 'vm', name, '-o', 'json']));
      const ready = vm.status?.conditions?.find(({ type }) => type === 'Ready');
      if (ready?.status === 'True' && vm.status.ips?.length > 0) return vm;
    }
    return undefined;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    watch.kill('SIGTERM');
  }
}
