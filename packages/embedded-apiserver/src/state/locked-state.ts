import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { storageError } from '../storage/open-database.ts';

/**
 * Holds the lock of a database while `use` works, so that no server begins to serve it.
 *
 * @param path - may be missing, or damaged: what is to be replaced need not be sound.
 * @param use - is given its latest revision; undefined where that cannot be told.
 * @throws ApiServerError `StateLocked` when a server has it.
 */
export async function revisionWhileLocked<T>(
  path: string,
  use: (revision: number | undefined) => Promise<T>,
): Promise<T> {
  if (!existsSync(path)) return use(undefined);
  const database = new DatabaseSync(path);
  try {
    return await use(revisionOf(database, path));
  } finally {
    database.close();
  }
}

function revisionOf(database: DatabaseSync, path: string): number | undefined {
  try {
    // Not in WAL mode: its files are found by their path, and the directory is about to be another one.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
    const counter = database.prepare("SELECT value FROM counters WHERE name = 'revision'").get();
    return counter === undefined ? undefined : Number(counter['value']);
  } catch (error) {
    const failure = storageError(error, path);
    if (failure.code === 'StateLocked') throw failure;
    // Damaged, or no database at all: there is no telling.
    return undefined;
  }
}
