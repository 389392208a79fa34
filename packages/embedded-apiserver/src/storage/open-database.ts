import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { ApiServerError } from '../api-server-error.ts';
import { migrate, refuseNewer } from './formats.ts';

/** SQLite's result codes that we name. */
const busy = 5;
const readOnly = 8;
const ioError = 10;
const corrupt = 11;
const full = 13;
const cannotOpen = 14;
const notADatabase = 26;

/** Where a database is: a path, or one that somebody holds open, as a simulation does whose disk outlives its server. */
export type DatabaseSource = string | DatabaseSync;

/** How a database is called in messages. */
export function nameOf(source: DatabaseSource): string {
  return typeof source === 'string' ? source : 'the database in memory';
}

/**
 * Opens the database and locks it for as long as the process lives; the kernel frees the lock, so a killed process
 * leaves none behind. Each commit is on the disk when it returns.
 *
 * @throws {@link ApiServerError} `StateLocked`, `StateTooNew`, `StateCorrupt`, `StateUnwritable`
 */
export function openDatabase(source: DatabaseSource, maxBytes?: number): DatabaseSync {
  const path = nameOf(source);
  if (typeof source !== 'string') {
    prepareSchema(source, path);
    return source;
  }
  let database: DatabaseSync | undefined;
  try {
    // Secrets are in it. SQLite gives the files beside it the same mode.
    closeSync(openSync(path, 'a', 0o600));
    database = new DatabaseSync(path);
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    database.exec('BEGIN EXCLUSIVE');
    prepareSchema(database, path);
    database.exec('COMMIT');
    if (maxBytes !== undefined) database.exec(`PRAGMA max_page_count = ${Math.ceil(maxBytes / pageSize(database))}`);
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof ApiServerError ? error : storageError(error, path);
  }
}

/** Brings the database to the present format, unless it is damaged. */
function prepareSchema(database: DatabaseSync, path: string): void {
  refuseNewer(database, path);
  const check = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
  if (check !== 'ok') throw damaged(path, new Error(String(check)));
  migrate(database, path);
}

function pageSize(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA page_size').get()?.['page_size']);
}

/** Says what a failure of SQLite means for the person who runs the server. */
export function storageError(error: unknown, path: string): ApiServerError {
  const options = { cause: error };
  switch (primaryCode(error)) {
    case busy:
      return new ApiServerError(
        'StateLocked',
        `${path} is in use by another process: stop that one, or name another state directory`,
        options,
      );
    case corrupt:
    case notADatabase:
      return damaged(path, error);
    case full:
      return new ApiServerError('StateUnwritable', `the disk of ${path} is full: free some space`, options);
    case readOnly:
    case cannotOpen:
    case ioError:
      return new ApiServerError('StateUnwritable', `${path} cannot be written: ${textOf(error)}`, options);
    default:
      return new ApiServerError('StateUnwritable', `${path}: ${textOf(error)}`, options);
  }
}

/** Whether the database may no longer hold what it said it held: nothing may be written after that. */
export function isFatal(error: unknown): boolean {
  return [ioError, corrupt, notADatabase].includes(primaryCode(error) ?? -1);
}

function damaged(path: string, cause: unknown): ApiServerError {
  return new ApiServerError(
    'StateCorrupt',
    `${path} is damaged: ${textOf(cause)}; restore it from a copy, or move it away to begin anew`,
    { cause },
  );
}

// Not `instanceof Error`: errors of native modules may be of another realm.
function primaryCode(error: unknown): number | undefined {
  const code = (error as { readonly errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
}

function textOf(error: unknown): string {
  const message = (error as { readonly message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : String(error);
}
