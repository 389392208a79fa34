import { randomUUID } from 'node:crypto';
import { chmod, copyFile, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ApiServerError } from '../api-server-error.ts';
import { migrate, refuseNewer } from '../storage/formats.ts';
import { storageError } from '../storage/open-database.ts';
import { rowChecksum } from '../storage/row-checksum.ts';
import type { Row } from '../storage/row-checksum.ts';
import { backupFiles } from './backup-format.ts';
import { revisionWhileLocked } from './locked-state.ts';

/** What to restore, and where. */
export interface Restoration {
  /** A file that `POST /backup` made. */
  readonly file: string;
  readonly stateDir: string;
  readonly now: Date;
}

/** What was restored. */
export interface Restored {
  /** How many objects there are now. */
  readonly objects: number;
  /** Where the state of before is kept; undefined when there was none. */
  readonly aside: string | undefined;
}

/** How far revisions go on where nobody knows how far those of before had come. */
const REVISIONS_AHEAD = 1_000_000_000;

/**
 * Puts a backup in the place of a state directory that nobody serves.
 *
 * The backup is checked as a whole before anything is touched; the state of before is kept beside. Revisions go on above all that
 * were ever given out, so that no client takes the old state for a newer one: its watches are answered 410.
 *
 * @throws {@link ApiServerError} `BackupUnusable`, `StateTooNew`, `StateLocked`, `StateUnwritable`
 */
export async function restoreBackup({ file, stateDir, now }: Restoration): Promise<Restored> {
  const staging = `${stateDir}.restoring-${randomUUID()}`;
  try {
    await mkdir(dirname(stateDir), { recursive: true, mode: 0o700 });
    await mkdir(staging, { mode: 0o700 });
    const database = join(staging, 'objects.db');
    await copyBackup(file, database);
    const { objects, files } = prepare(database, file);
    for (const [name, value] of files) await writeFile(join(staging, name), value, { mode: 0o600 });
    return await revisionWhileLocked(join(stateDir, 'objects.db'), async (formerRevision) => {
      raiseRevision(database, formerRevision);
      await sync(database);
      const aside = await putAside(stateDir, now);
      await rename(staging, stateDir);
      await sync(dirname(stateDir));
      return { objects, aside };
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function copyBackup(file: string, to: string): Promise<void> {
  try {
    await copyFile(file, to);
    await chmod(to, 0o600);
  } catch (cause) {
    throw new ApiServerError('BackupUnusable', `cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
}

interface Prepared {
  readonly objects: number;
  readonly files: readonly (readonly [string, string])[];
}

/** Checks the copy of a backup, and makes a database to serve of it. */
function prepare(path: string, file: string): Prepared {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    refuseNewer(database, file);
    const check = Object.values(database.prepare('PRAGMA integrity_check(1)').get() ?? {})[0];
    if (check !== 'ok') throw unusable(file, `it is damaged: ${String(check)}`);
    const files = filesOf(database, file);
    database.exec('BEGIN');
    refuseNoJson(database, file);
    migrate(database, file);
    const objects = countSoundRows(database, file);
    database.exec('DROP TABLE backup');
    freeLeases(database);
    database.exec('COMMIT');
    return { objects, files };
  } catch (error) {
    throw error instanceof ApiServerError ? error : unusable(file, storageError(error, file).message, error);
  } finally {
    database?.close();
  }
}

function filesOf(database: DatabaseSync, file: string): Prepared['files'] {
  const isBackup = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'backup'").get();
  if (!isBackup) throw unusable(file, 'it is none: make one with `virtrigaud backup FILE`');
  const read = database.prepare('SELECT value FROM backup WHERE name = ?');
  return backupFiles.map((name) => {
    const value = read.get(name)?.['value'];
    if (typeof value !== 'string' || value === '') throw unusable(file, `${name} is not in it`);
    return [name, value] as const;
  });
}

/** Before a format is brought forward: what it is given a checksum of has to be sound. */
function refuseNoJson(database: DatabaseSync, file: string): void {
  const bad = database.prepare('SELECT resource, key FROM objects WHERE NOT json_valid(body) LIMIT 1').get();
  if (bad) throw unusable(file, `${String(bad['resource'])} ${String(bad['key'])} is no JSON`);
}

function countSoundRows(database: DatabaseSync, file: string): number {
  let count = 0;
  for (const found of database.prepare('SELECT resource, key, revision, body, checksum FROM objects').iterate()) {
    const row = found as unknown as Row & { readonly checksum: number };
    if (row.checksum !== rowChecksum(row)) throw unusable(file, `${row.resource} ${row.key} is damaged`);
    count += 1;
  }
  return count;
}

/** Whoever led then leads no more: the next need not wait until its time is over. The terms go on. */
function freeLeases(database: DatabaseSync): void {
  const update = database.prepare('UPDATE objects SET body = ?, checksum = ? WHERE resource = ? AND key = ?');
  const leases = database
    .prepare(
      `SELECT resource, key, revision, json_set(body, '$.spec.holderIdentity', '') AS body FROM objects
       WHERE resource = 'leases.coordination.k8s.io'`,
    )
    .all() as unknown as readonly Row[];
  for (const row of leases) update.run(row.body, rowChecksum(row), row.resource, row.key);
}

function raiseRevision(path: string, formerRevision: number | undefined): void {
  const database = new DatabaseSync(path);
  try {
    const own = Number(database.prepare("SELECT value FROM counters WHERE name = 'revision'").get()?.['value'] ?? 0);
    const next = formerRevision === undefined ? own + REVISIONS_AHEAD : Math.max(own, formerRevision) + 1;
    database.prepare("INSERT OR REPLACE INTO counters VALUES ('revision', ?)").run(next);
  } finally {
    database.close();
  }
}

async function putAside(stateDir: string, now: Date): Promise<string | undefined> {
  const aside = `${stateDir}.before-${now.toISOString().replace(/[-:]|\.\d+/g, '')}`;
  try {
    await rename(stateDir, aside);
    return aside;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const unusable = (file: string, why: string, cause?: unknown) =>
  new ApiServerError('BackupUnusable', `${file} cannot be restored: ${why}`, { cause });
