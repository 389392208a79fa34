import { backup } from 'node:sqlite';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { ApiServerError } from '../api-server-error.ts';
import type { KubeObject } from '../kube-object.ts';
import { isFatal, nameOf, openDatabase, storageError } from './open-database.ts';
import type { DatabaseSource } from './open-database.ts';
import { ResourceTable } from './resource-table.ts';
import { rowChecksum } from './row-checksum.ts';
import type { Row } from './row-checksum.ts';
import { bodyOf, storedObject } from './stored-object.ts';
import type { Change } from './stored-object.ts';
import { Transaction } from './transaction.ts';

interface Job {
  readonly run: (transaction: Transaction) => () => void;
  readonly refuse: (error: unknown) => void;
}

/** How a store is to be. */
export interface StoreOptions {
  /** Changes of one resource that are remembered. */
  readonly historyLength: number;
  /** Brings an object that was stored under an older schema to the present one. */
  readonly complete: (resource: string, object: KubeObject) => KubeObject;
  /** How large the database may grow before it counts as full; unlimited when omitted. */
  readonly maxBytes?: number;
}

/** Hears of each change after it is safe on the disk. */
export type ChangeListener = (change: Change) => void;

/**
 * All objects, in memory for reading and in SQLite for good.
 *
 * Writes that arrive together are committed together: each promise settles after the one fsync that made them all safe,
 * and readers and watches see them only then.
 */
export class ObjectStore {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #historyLength: number;
  readonly #complete: StoreOptions['complete'];
  readonly #tables = new Map<string, ResourceTable>();
  readonly #listeners = new Map<string, Set<ChangeListener>>();
  readonly #upsert: StatementSync;
  readonly #delete: StatementSync;
  readonly #count: StatementSync;
  #jobs: Job[] = [];
  #revision = 0;
  readonly #loadedAt: number;
  #broken: ApiServerError | undefined;
  #closed = false;

  /** @throws {@link ApiServerError} `StateLocked`, `StateCorrupt`, `StateUnwritable` */
  constructor(source: DatabaseSource, options: StoreOptions) {
    const path = nameOf(source);
    this.#path = path;
    this.#historyLength = options.historyLength;
    this.#complete = options.complete;
    this.#database = openDatabase(source, options.maxBytes);
    this.#upsert = this.#database.prepare(
      'INSERT OR REPLACE INTO objects (resource, key, revision, body, checksum) VALUES (?, ?, ?, ?, ?)',
    );
    this.#delete = this.#database.prepare('DELETE FROM objects WHERE resource = ? AND key = ?');
    this.#count = this.#database.prepare("INSERT OR REPLACE INTO counters VALUES ('revision', ?)");
    try {
      this.#load();
    } catch (error) {
      this.#database.close();
      throw error instanceof ApiServerError ? error : storageError(error, path);
    }
    this.#loadedAt = this.#revision;
  }

  /** The latest revision that is safe. */
  get revision(): number {
    return this.#revision;
  }

  /** Why nothing can be written any more; undefined while it can. */
  get broken(): ApiServerError | undefined {
    return this.#broken;
  }

  /** The objects of a resource. */
  table(resource: string): ResourceTable {
    let table = this.#tables.get(resource);
    if (!table) {
      table = new ResourceTable({ historyLength: this.#historyLength, compacted: this.#loadedAt ?? 0 });
      this.#tables.set(resource, table);
    }
    return table;
  }

  /**
   * Runs a job against the latest state; what it writes is all written or, if it throws, none of it.
   *
   * @returns what the job returned, once its writes are on the disk
   * @throws what the job threw, or an {@link ApiServerError} when the disk refused
   */
  write<Result>(job: (transaction: Transaction) => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#jobs.length === 0) setImmediate(() => this.#commit());
      this.#jobs.push({
        run: (transaction) => {
          const result = job(transaction);
          return () => resolve(result);
        },
        refuse: reject,
      });
    });
  }

  /** Calls back for each change of a resource from now on, in order; returns how to stop that. */
  subscribe(resource: string, listener: ChangeListener): () => void {
    const listeners = this.#listeners.get(resource) ?? new Set();
    this.#listeners.set(resource, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /**
   * Copies the database as it is at one moment into a new file, while writes go on.
   *
   * @throws {@link ApiServerError} `StateUnwritable`
   */
  async copyTo(path: string): Promise<void> {
    try {
      await backup(this.#database, path);
    } catch (error) {
      throw storageError(error, path);
    }
  }

  /** Writes what waits, checkpoints and gives the lock back. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#commit();
    this.#closed = true;
    this.#database.close();
  }

  #load(): void {
    const counter = this.#database.prepare("SELECT value FROM counters WHERE name = 'revision'").get();
    const count = Number(this.#database.prepare('SELECT count(*) AS count FROM objects').get()?.['count']);
    if (!counter && count > 0) throw this.#damaged('its counter of revisions is missing');
    const revision = Number(counter?.['value'] ?? 0);
    this.#revision = revision;
    for (const row of this.#database.prepare('SELECT * FROM objects').iterate()) {
      const { resource, key, body, checksum, revision: written } = row as unknown as Row & { checksum: number };
      if (checksum !== rowChecksum({ resource, key, revision: written, body }) || written > revision) {
        throw this.#damaged(`${resource} ${key} is not as it was written`);
      }
      let table = this.#tables.get(resource);
      if (!table) {
        table = new ResourceTable({ historyLength: this.#historyLength, compacted: revision });
        this.#tables.set(resource, table);
      }
      const object = this.#complete(resource, JSON.parse(body) as KubeObject);
      table.load(key, storedObject(object, written));
    }
  }

  #damaged(why: string): ApiServerError {
    const what = `${this.#path} is damaged: ${why}; restore it from a copy, or move it away to begin anew`;
    return new ApiServerError('StateCorrupt', what);
  }

  #commit(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    if (jobs.length === 0) return;
    if (this.#closed || this.#broken) {
      const why =
        this.#broken ?? new ApiServerError('StateUnwritable', `${this.#path} is closed: the server is stopping`);
      for (const job of jobs) job.refuse(why);
      return;
    }
    const transaction = new Transaction((resource) => this.table(resource), this.#revision);
    const outcomes = jobs.map((job) => attempt(job, transaction));
    const failure = this.#persist(transaction);
    if (failure) {
      for (const job of jobs) job.refuse(failure);
      return;
    }
    this.#publish(transaction);
    for (const settle of outcomes) settle();
  }

  #persist(transaction: Transaction): ApiServerError | undefined {
    if (transaction.changes.length === 0) return undefined;
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      for (const { resource, change } of transaction.changes) {
        if (change.type === 'DELETED') this.#delete.run(resource, change.key);
        else this.#upsert.run(...rowOf(resource, change));
      }
      this.#count.run(transaction.revision);
      this.#database.exec('COMMIT');
      return undefined;
    } catch (error) {
      const failure = storageError(error, this.#path);
      if (isFatal(error)) this.#broken = failure;
      else this.#rollback();
      return failure;
    }
  }

  #rollback(): void {
    try {
      this.#database.exec('ROLLBACK');
    } catch (error) {
      // SQLite rolls back by itself after some errors; that there is nothing left to roll back is then no failure.
      if (this.#database.isTransaction) this.#broken = storageError(error, this.#path);
    }
  }

  #publish(transaction: Transaction): void {
    this.#revision = transaction.revision;
    for (const { resource, change } of transaction.changes) this.table(resource).apply(change);
    for (const { resource, change } of transaction.changes) {
      for (const listener of this.#listeners.get(resource) ?? []) listener(change);
    }
  }
}

function rowOf(resource: string, { key, revision, after }: Change): [string, string, number, string, number] {
  const body = bodyOf(after);
  return [resource, key, revision, body, rowChecksum({ resource, key, revision, body })];
}

/** A job that is refused is told so only when the writes that it saw are safe, too. */
function attempt(job: Job, transaction: Transaction): () => void {
  const mark = transaction.mark();
  try {
    return job.run(transaction);
  } catch (error) {
    transaction.rollback(mark);
    return () => job.refuse(error);
  }
}
