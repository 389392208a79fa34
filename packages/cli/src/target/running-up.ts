import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stillRuns, type ProcessIdentity } from './process-identity.ts';

/** What a running `virtrigaud up` notes of itself. */
export interface RunningUp {
  readonly process: ProcessIdentity;
  /** The programs that it runs. */
  readonly children: readonly ProcessIdentity[];
  readonly stateDirectory: string;
  /** Path of the kubeconfig. */
  readonly kubeconfig: string;
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

/** Every `up` of this user that runs now. */
export async function runningUps(dataHome: string): Promise<readonly RunningUp[]> {
  const directory = registryDirectory(dataHome);
  const names = (await whenAbsent(readdir(directory), [])).filter((name) => name.endsWith('.json'));
  const noted = await Promise.all(names.map((name) => readRunningUp(join(directory, name))));
  const found: RunningUp[] = [];
  for (const up of noted) if (up !== undefined && (await stillRuns(up.process))) found.push(up);
  return found;
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
