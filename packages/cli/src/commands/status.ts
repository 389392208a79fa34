import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { kinds } from '@virtrigaud/api-types';
import { ApiError, createTransport, loadKubeConfig, resource, type Transport } from '@virtrigaud/kube-runtime';
import { conditionsOf, type LiveObject } from '../api/live-object.ts';
import { CliError } from '../cli-error.ts';
import { statusText } from '../output/status-text.ts';
import { localRunningUp, type LocalFlags } from '../target/local-up.ts';
import { stillRuns } from '../target/process-identity.ts';
import type { RunningUp } from '../target/running-up.ts';
import type { System } from '../terminal/terminal.ts';
import { pageOf } from '../up/await-manager.ts';

/** Options of `status`. */
export interface StatusFlags extends LocalFlags {
  readonly output?: 'json';
}

/** An object that is not Ready, and why. */
export interface NotReady {
  /** `namespace/name`. */
  readonly object: string;
  readonly reason: string;
  readonly message: string;
}

/** How the objects of a kind are. */
export interface Tally {
  readonly total: number;
  readonly ready: number;
  readonly notReady: readonly NotReady[];
}

/** What `status` found. */
export interface Status {
  readonly up: { readonly pid: number; readonly since: string | undefined; readonly stateDirectory: string };
  readonly apiServer: {
    readonly pid: number | undefined;
    readonly url: string;
    /** Why it does not answer; undefined when it does. */
    readonly problem: string | undefined;
    readonly databaseBytes: number | undefined;
  };
  readonly manager: {
    readonly pid: number | undefined;
    readonly operations: string | undefined;
    /** Why it does not work; undefined when it leads and works. */
    readonly problem: string | undefined;
  };
  /** Undefined when the API server does not answer. */
  readonly providers: Tally | undefined;
  readonly virtualMachines: Tally | undefined;
}

/**
 * Says how an `up` of this machine is.
 *
 * @throws {@link CliError} `NoTarget` when none runs; `Unmet` when one of its programs does not work.
 */
export async function status(flags: StatusFlags, system: System): Promise<void> {
  const up = await localRunningUp(flags, system);
  const found = await look(up, system.signal);
  system.terminal.out(
    flags.output === 'json' ? `${JSON.stringify(found, null, 2)}\n` : statusText(found, system.now()),
  );
  const problems = [found.apiServer.problem, found.manager.problem].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new CliError('Unmet', problems.join('; '));
}

async function look(up: RunningUp, signal: AbortSignal): Promise<Status> {
  const [apiServer, manager] = up.children;
  const { url, problem, tallies } = await lookAtServer(up.kubeconfig, signal);
  return {
    up: { pid: up.process.pid, since: up.ready, stateDirectory: up.stateDirectory },
    apiServer: {
      pid: apiServer?.pid,
      url,
      problem,
      databaseBytes: await databaseBytes(join(up.stateDirectory, 'apiserver')),
    },
    manager: {
      pid: manager?.pid,
      operations: up.operations,
      problem: manager && (await stillRuns(manager)) ? await managerProblem(up.operations) : 'the manager does not run',
    },
    providers: tallies?.[0],
    virtualMachines: tallies?.[1],
  };
}

async function lookAtServer(kubeconfig: string, signal: AbortSignal) {
  let transport: Transport | undefined;
  let url = '';
  try {
    const config = await loadKubeConfig({ path: kubeconfig });
    url = config.server;
    transport = createTransport(config, { userAgent: 'virtrigaud' });
    const tallies = await Promise.all(
      [kinds.Provider, kinds.VirtualMachine].map(async (kind) => {
        const client = resource<LiveObject>(transport as Transport, kind);
        return tallyOf((await client.list({ signal })).items);
      }),
    );
    return { url, problem: undefined, tallies };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { url, problem: `the API server does not answer: ${error.message}`, tallies: undefined };
  } finally {
    await transport?.close();
  }
}

function tallyOf(objects: readonly LiveObject[]): Tally {
  const notReady = objects.flatMap((object): NotReady[] => {
    const ready = conditionsOf(object).find(({ type }) => type === 'Ready');
    if (ready?.status === 'True') return [];
    const { namespace = '', name } = object.metadata;
    return [{ object: `${namespace}/${name}`, reason: ready?.reason ?? 'Unseen', message: ready?.message ?? '' }];
  });
  return { total: objects.length, ready: objects.length - notReady.length, notReady };
}

async function managerProblem(operations: string | undefined): Promise<string | undefined> {
  if (operations === undefined) return 'the manager is not started yet';
  const page = await pageOf(operations, '/readyz');
  if (page === undefined) return `the manager does not answer on ${operations}`;
  if (page.code === 200) return undefined;
  const failing = page.text.split('\n').filter((line) => line.startsWith('[-]'));
  return `the manager is not ready: ${failing.join(', ') || page.text.trim()}`;
}

/** The database and what waits beside it to be written into it. */
async function databaseBytes(directory: string): Promise<number | undefined> {
  const sizes = await Promise.all(
    ['objects.db', 'objects.db-wal'].map(async (name) => {
      try {
        return (await stat(join(directory, name))).size;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    }),
  );
  return sizes.every((size) => size === undefined)
    ? undefined
    : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}
