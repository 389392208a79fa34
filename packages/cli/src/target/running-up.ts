import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { identityOf, stillRuns, type ProcessIdentity } from './process-identity.ts';

/** What a running `virtrigaud up` notes of itself. */
export interface RunningUp {
  readonly process: ProcessIdentity;
  /** The programs that it runs: the API server, then the manager. */
  readonly children: readonly ProcessIdentity[];
  readonly stateDirectory: string;
  /** Path of the kubeconfig. */
  readonly kubeconfig: string;
  /** `host:port` of the manager's health and metrics; absent before it is started. */
  readonly operations?: string;
  /** When everything ran, as an ISO time; absent before. */
  readonly ready?: string;
}

/** Where this user's data lies, by the XDG rules. */
export function dataDirectory(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const base = env['XDG_DATA_HOME'];
  // The rules say that a relative path is to be ignored.
  return join(base?.startsWith('/') ? base : join(home, '.local', 'share'), 'virtrigaud');
}

/** The state directory of an `up` that was told of none. */
export const defaultStateDirectory = (dataHome: string) => join(dataHome, 'up');

/** Where each `up` of this user notes that it runs, wherever its state is. */
export const registryDirectory = (dataHome: string) => join(dataHome, 'running');

/** Where an `up` notes that it holds a state directory. */
export const lockFileOf = (stateDirectory: string) => join(stateDirectory, 'up.json');

/** Every `up` of this user that runs now. What one that was killed has noted goes. */
export async function runningUps(dataHome: string): Promise<readonly RunningUp[]> {
  const directory = registryDirectory(dataHome);
  const names = (await whenAbsent(readdir(directory), [])).filter((name) => name.endsWith('.json'));
  const found: RunningUp[] = [];
  for (const name of names) {
    const file = join(directory, name);
    const up = await readRunningUp(file);
    if (up !== undefined && (await stillRuns(up.process))) found.push(up);
    // Each is written as a whole under the number of its process: of one that has ended, nobody writes it any more.
    else if (await isNobodys(name)) await rm(file, { force: true });
  }
  return found;
}

async function isNobodys(name: string): Promise<boolean> {
  const pid = Number(name.slice(0, -'.json'.length));
  return !Number.isInteger(pid) || pid <= 0 || (await identityOf(pid)) === undefined;
}

/** Reads a note; undefined when there is none, or it cannot be read. */
export async function readRunningUp(file: string): Promise<RunningUp | undefined> {
  const text = await whenAbsent(readFile(file, 'utf8'), undefined);
  if (text === undefined) return undefined;
  try {
    const note = JSON.parse(text) as RunningUp;
    return typeof note.process.pid === 'number' && typeof note.kubeconfig === 'string' ? note : undefined;
  } catch (error) {
    // Half written by a process that was killed: nobody's.
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

async function whenAbsent<T, U>(reading: Promise<T>, instead: U): Promise<T | U> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return instead;
    throw error;
  }
}
