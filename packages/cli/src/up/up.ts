import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createTransport, type KubeConfig } from '@virtrigaud/kube-runtime';
import { CliError } from '../cli-error.ts';
import { applyAll } from '../commands/apply.ts';
import { identityOf } from '../target/process-identity.ts';
import { dataDirectory, defaultStateDirectory, type RunningUp } from '../target/running-up.ts';
import type { System } from '../terminal/terminal.ts';
import { LOG_MAX_BYTES, rotateLog } from '../logs/log-file.ts';
import { awaitManager } from './await-manager.ts';
import { awaitServer } from './await-server.ts';
import { lastWords, startChild, type Child } from './child.ts';
import { demoManifests } from './demo.ts';
import { upDetached } from './detach.ts';
import { developing } from './developing.ts';
import { endLeftover } from './end-leftover.ts';
import { withPort } from './free-port.ts';
import { greeting } from './greeting.ts';
import { crdDirectory, findProgram, programs, type ProgramName } from './programs.ts';
import { runtimeDirectory } from './runtime-directory.ts';
import { lockState, type StateLock } from './state-lock.ts';

/** Options of `up`. */
export interface UpFlags {
  readonly state?: string;
  readonly listen: string;
  readonly operations: string;
  readonly detach?: boolean;
  readonly inspect?: readonly string[];
  readonly watch?: boolean;
  readonly provider: readonly string[];
  readonly demo?: boolean;
}

/** Where everything of one `up` lies. */
export interface Places {
  readonly state: string;
  readonly dataHome: string;
  readonly kubeconfig: string;
  /** `host:port` of the manager's health and metrics. */
  readonly operations: string;
}

/** How long a program may take to end when asked. */
const GRACE_MS = 15_000;
/** How often the sizes of the logs are looked at. */
const LOGS_EVERY_MS = 1000;

/**
 * Runs the API server and the manager until the person interrupts, or one of them ends.
 *
 * @throws {@link CliError} `Locked`: it already runs there; `ChildEnded`: says which program ended, and how.
 */
export async function up(flags: UpFlags, system: System): Promise<void> {
  const dataHome = dataDirectory(system.env, system.home);
  const state = resolve(flags.state ?? defaultStateDirectory(dataHome));
  const operations = await withPort(flags.operations);
  const places: Places = { state, dataHome, kubeconfig: join(state, 'kubeconfig'), operations };
  await makeDirectory(join(state, 'logs'));
  if (flags.detach) return upDetached(flags, places, system);
  const mine = await noteOf(places, []);
  const lock = await lockState(mine, { dataHome, endLeftover });
  const children: Child[] = [];
  try {
    await run(flags, { system, places, children, lock });
  } finally {
    // The manager goes first: it still has something to say to the API server.
    for (const child of children.toReversed()) await child.stop(GRACE_MS);
    // Nothing but sockets, which nobody serves any more.
    await rm(runtimeDirectory(state, tmpdir()), { recursive: true, force: true });
    await lock.release();
  }
}

interface Run {
  readonly system: System;
  readonly places: Places;
  /** What has been started, in order. */
  readonly children: Child[];
  readonly lock: StateLock;
}

async function run(flags: UpFlags, { system, places, children, lock }: Run): Promise<void> {
  const fallen = new AbortController();
  const sparingLogs = setInterval(() => {
    for (const { logFile } of children) rotateLog(logFile, LOG_MAX_BYTES);
  }, LOGS_EVERY_MS);
  const start = async (name: ProgramName, args: readonly string[]) => {
    const { title } = programs[name];
    const logFile = join(places.state, 'logs', `${name}.log`);
    const all = [...developing(flags, name), ...findProgram(name, import.meta.url), ...args];
    const child = await startChild({ title, args: all, logFile, env: system.env });
    children.push(child);
    void child.ended.then(async (how) => fallen.abort(await endedError(child, how)));
    await lock.update(await noteOf(places, children));
  };
  const stopping = AbortSignal.any([system.signal, fallen.signal]);
  try {
    await rm(places.kubeconfig, { force: true });
    await start('apiserver', apiServerArguments(flags, places));
    const config = await awaitServer(places.kubeconfig, stopping);
    await start('manager', managerArguments(flags, places));
    if (flags.demo) await applyDemo(config, { system, places });
    await awaitManager(places.operations, stopping);
    await lock.update({ ...(await noteOf(places, children)), ready: system.now().toISOString() });
    const logs = children.map((child) => child.logFile);
    // npm says so to what npx runs.
    const command = system.env['npm_command'] === 'exec' ? 'npx virtrigaud' : 'virtrigaud';
    const end = 'Ctrl-C stops both programs; virtual machines run on.';
    system.terminal.out(greeting({ server: config.server, ...places, logs, command, end, demo: Boolean(flags.demo) }));
    await aborted(stopping);
  } catch (error) {
    if (!stopping.aborted) throw error;
  } finally {
    clearInterval(sparingLogs);
  }
  if (fallen.signal.aborted && !system.signal.aborted) throw fallen.signal.reason;
}

async function noteOf({ state, kubeconfig, operations }: Places, children: readonly Child[]): Promise<RunningUp> {
  const own = (await identityOf(process.pid)) ?? { pid: process.pid, started: '' };
  const identities = children.map(({ identity }) => identity);
  return { process: own, children: identities, stateDirectory: state, kubeconfig, operations };
}

function apiServerArguments({ listen }: UpFlags, { state, kubeconfig }: Places): readonly string[] {
  const crds = crdDirectory(import.meta.url);
  return ['--state', join(state, 'apiserver'), '--crds', crds, '--kubeconfig', kubeconfig, '--listen', listen];
}

function managerArguments({ provider }: UpFlags, { state, kubeconfig, operations }: Places): readonly string[] {
  const providers = provider.flatMap((pair) => ['--provider', pair]);
  return [
    ...['--kubeconfig', kubeconfig, '--runtime-dir', runtimeDirectory(state, tmpdir())],
    ...['--listen-operations', operations, ...providers],
  ];
}

async function applyDemo(
  config: KubeConfig,
  { system, places }: { readonly system: System; readonly places: Places },
): Promise<void> {
  const transport = createTransport(config, { userAgent: 'virtrigaud' });
  const target = { path: places.kubeconfig, context: undefined, how: 'virtrigaud up', explicit: true };
  try {
    const session = { transport, namespace: config.namespace, target, server: config.server };
    await applyAll(await demoManifests(join(places.state, 'mock')), session, system);
  } finally {
    await transport.close();
  }
}

async function endedError(child: Child, how: string): Promise<CliError> {
  const words = await lastWords(child.logFile);
  const said = words === '' ? '' : `: ${words}`;
  return new CliError('ChildEnded', `the ${child.title} ended by itself (${how})${said}; its log is ${child.logFile}`);
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError('BadInput', `cannot make the state directory: ${why}: give another with --state`, { cause });
  }
}

const aborted = async (signal: AbortSignal) => {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
};
