import { readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { ApiServerError } from '../api-server-error.ts';
import { rowChecksum } from './row-checksum.ts';
import type { Row } from './row-checksum.ts';

/** The version of this program, as its package says it. */
const { version: programVersion } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { readonly version: string };

/** What brings a database from each format to the next: the first makes format 1 of an empty one. A step is never changed once released. */
const steps: readonly ((database: DatabaseSync) => void)[] = [
  (database) =>
    database.exec(`
      CREATE TABLE objects (
        resource TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (resource, key)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    `),
  // Who wrote it: what a program that is too old for a database tells its user.
  (database) => database.exec('CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID'),
  (database) => {
    database.exec('ALTER TABLE objects ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0');
    const update = database.prepare('UPDATE objects SET checksum = ? WHERE resource = ? AND key = ?');
    for (const row of database.prepare('SELECT resource, key, revision, body FROM objects').all()) {
      const { resource, key } = row as unknown as Row;
      update.run(rowChecksum(row as unknown as Row), resource, key);
    }
  },
];

/** The format that this program writes. */
export const currentFormat = steps.length;

/** The format of a database; 0 of an empty one. */
export function formatOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

/**
 * Brings a database to the present format. Belongs into a transaction: half a migration is none.
 *
 * @param path - names it in messages.
 * @throws {@link ApiServerError} `StateTooNew` when a later program has written it: nothing is migrated backward.
 */
export function migrate(database: DatabaseSync, path: string): void {
  const found = formatOf(database);
  refuseNewer(database, path);
  for (const step of steps.slice(found)) step(database);
  if (found !== currentFormat) database.exec(`PRAGMA user_version = ${currentFormat}`);
  if (writerOf(database) === programVersion) return;
  database.prepare("INSERT OR REPLACE INTO about VALUES ('writer', ?)").run(programVersion);
}

/** @throws {@link ApiServerError} `StateTooNew` */
export function refuseNewer(database: DatabaseSync, path: string): void {
  const found = formatOf(database);
  if (found <= currentFormat) return;
  const writer = writerOf(database);
  const next = writer === undefined ? 'the version that wrote it' : `version ${writer}, which wrote it,`;
  const what = `${path} has format ${found}, and this version, ${programVersion}, knows formats up to ${currentFormat}`;
  throw new ApiServerError('StateTooNew', `${what}: use ${next} or later, or another directory`);
}

/** The version of the program that wrote a database last; undefined where it does not say. */
function writerOf(database: DatabaseSync): string | undefined {
  const isSaid = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'about'").get();
  if (!isSaid) return undefined;
  const writer = database.prepare("SELECT value FROM about WHERE name = 'writer'").get()?.['value'];
  return typeof writer === 'string' ? writer : undefined;
}
