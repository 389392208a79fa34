import { readFile } from 'node:fs/promises';

/** A process, told apart from a later one that was given the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, as the system counts it; empty where the system does not say. */
  readonly started: string;
}

/** The field of `/proc/<pid>/stat` that says when the process started, counted behind the name, which may hold anything. */
const START_FIELD = 19;

/** The identity of a process that runs; undefined when none of that number runs. */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  if (!isRunning(pid)) return undefined;
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only its parent has not asked.
    return fields[0] === 'Z' ? undefined : { pid, started: fields[START_FIELD] ?? '' };
  } catch (error) {
    // No /proc on this system, or the process has just ended: its number is all that there is.
    if (isErrno(error)) return isRunning(pid) ? { pid, started: '' } : undefined;
    throw error;
  }
}

/** Whether that very process still runs. */
export async function stillRuns(identity: ProcessIdentity): Promise<boolean> {
  const now = await identityOf(identity.pid);
  return now !== undefined && now.started === identity.started;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process cannot be signalled, but it runs.
    return isErrno(error) && error.code === 'EPERM';
  }
}

/** By its shape: an error of the system may come from another realm, where `instanceof` does not hold. */
const isErrno = (error: unknown): error is NodeJS.ErrnoException =>
  typeof error === 'object' && error !== null && 'code' in error;
