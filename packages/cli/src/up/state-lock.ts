import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from '../cli-error.ts';
import { stillRuns, type ProcessIdentity } from '../target/process-identity.ts';
import { lockFileOf, readRunningUp, registryDirectory, type RunningUp } from '../target/running-up.ts';

/** A state directory that is this process's until it is released. */
export interface StateLock {
  /** Notes what is known by now: in the directory, and where the other commands look. */
  update(up: RunningUp): Promise<void>;
  release(): Promise<void>;
}

/** How to take a state directory. */
export interface LockOptions {
  readonly dataHome: string;
  /** Ends a program that an `up` that was killed has left behind. */
  readonly endLeftover: (leftover: ProcessIdentity) => Promise<void>;
}

/** A directory that changes hands this often while it is being taken is not ours to have. */
const MAX_TRIES = 5;

/**
 * Takes a state directory, which must exist: one `up` at a time may work in it. What an `up` that was killed left of a lock, and of
 * programs, is cleared away.
 *
 * @throws {@link CliError} `Locked` when another runs.
 */
export async function lockState(mine: RunningUp, { dataHome, endLeftover }: LockOptions): Promise<StateLock> {
  const lockFile = lockFileOf(mine.stateDirectory);
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    if (await take(lockFile, mine)) return lockOf(lockFile, { mine, dataHome });
    const other = await readRunningUp(lockFile);
    if (other !== undefined && (await stillRuns(other.process))) {
      const what = `virtrigaud up already runs in ${mine.stateDirectory} (process ${other.process.pid})`;
      throw new CliError('Locked', `${what}: use that one, stop it, or give another directory with --state`);
    }
    for (const child of other?.children ?? []) if (await stillRuns(child)) await endLeftover(child);
    await clear(lockFile, other);
  }
  throw new CliError('Locked', `${mine.stateDirectory} is being taken by others: try again`);
}

/** Writes the note under another name first, so that the lock is there as a whole or not at all. */
async function take(lockFile: string, mine: RunningUp): Promise<boolean> {
  const draft = `${lockFile}.${randomUUID()}`;
  await writeFile(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    await link(draft, lockFile);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft);
  }
}

/** Removes a stale lock, unless another process has put its own there meanwhile: then that one is put back. */
async function clear(lockFile: string, stale: RunningUp | undefined): Promise<void> {
  const aside = `${lockFile}.${randomUUID()}`;
  try {
    await rename(lockFile, aside);
    const found = await readFile(aside, 'utf8');
    const isOther = stale === undefined ? found.startsWith('{') : found !== JSON.stringify(stale);
    if (isOther && (await readRunningUp(aside)) !== undefined) await link(aside, lockFile);
    await rm(aside);
  } catch (error) {
    // Somebody else cleared it, or took it: the next try will tell.
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await rm(aside, { force: true });
  }
}

function lockOf(
  lockFile: string,
  { mine, dataHome }: { readonly mine: RunningUp; readonly dataHome: string },
): StateLock {
  const registry = registryDirectory(dataHome);
  const note = join(registry, `${mine.process.pid}.json`);
  const write = async (file: string, up: RunningUp) => {
    const draft = `${file}.${randomUUID()}`;
    await writeFile(draft, JSON.stringify(up), { mode: 0o600 });
    await rename(draft, file);
  };
  return {
    update: async (up) => {
      await mkdir(registry, { recursive: true, mode: 0o700 });
      await write(lockFile, up);
      await write(note, up);
    },
    release: async () => {
      await rm(note, { force: true });
      await rm(lockFile, { force: true });
    },
  };
}
