import { randomUUID } from 'node:crypto';
import { chmod, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ObjectStore } from '../storage/object-store.ts';
import { storageError } from '../storage/open-database.ts';
import { backupFiles, backupTable } from './backup-format.ts';

/** A backup that was made. */
export interface MadeBackup {
  /** The name of the file in the state directory; whoever asked for it takes it from there. */
  readonly file: string;
  /** The revision as of which it is, at least. */
  readonly revision: number;
}

const PREFIX = 'backup-';

/**
 * Makes a backup of a state directory that is served: one file in it, with every object and what makes the server the one that its
 * clients know. Writes go on meanwhile.
 *
 * @throws ApiServerError `StateUnwritable`
 */
export async function makeBackup(store: ObjectStore, stateDir: string): Promise<MadeBackup> {
  const file = `${PREFIX}${randomUUID()}.db`;
  const path = join(stateDir, file);
  const { revision } = store;
  try {
    // Secrets are in it: it is this user's alone from the first byte.
    await (await open(path, 'wx', 0o600)).close();
    await store.copyTo(path);
    await complete(path, stateDir);
    await chmod(path, 0o600);
    return { file, revision };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/** Removes what nobody has taken, as of a client that was killed. */
export async function removeStaleBackups(stateDir: string): Promise<void> {
  const stale = (await readdir(stateDir)).filter((name) => name.startsWith(PREFIX));
  await Promise.all(stale.map((name) => rm(join(stateDir, name), { force: true })));
}

async function complete(path: string, stateDir: string): Promise<void> {
  const contents = await Promise.all(backupFiles.map((name) => readFile(join(stateDir, name), 'utf8')));
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    // One file: nothing may lie beside it when it is taken away.
    database.exec(`PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; BEGIN; ${backupTable}`);
    const insert = database.prepare('INSERT INTO backup VALUES (?, ?)');
    for (const [index, name] of backupFiles.entries()) insert.run(name, contents[index] ?? '');
    database.exec('COMMIT');
  } catch (error) {
    throw storageError(error, path);
  } finally {
    database?.close();
  }
}
