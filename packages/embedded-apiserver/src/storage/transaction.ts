import type { KubeObject } from '../kube-object.ts';
import type { ResourceTable } from './resource-table.ts';
import { storedObject } from './stored-object.ts';
import type { Change, StoredObject } from './stored-object.ts';

/** What is written together: the changes that it makes see each other, and nobody else sees them until they are safe. */
export class Transaction {
  readonly #tableOf: (resource: string) => ResourceTable;
  readonly #changes: { readonly resource: string; readonly change: Change }[] = [];
  readonly #latest = new Map<string, StoredObject | undefined>();
  #revision: number;

  constructor(tableOf: (resource: string) => ResourceTable, revision: number) {
    this.#tableOf = tableOf;
    this.#revision = revision;
  }

  get revision(): number {
    return this.#revision;
  }

  get changes(): readonly { readonly resource: string; readonly change: Change }[] {
    return this.#changes;
  }

  get(resource: string, key: string): StoredObject | undefined {
    const id = `${resource} ${key}`;
    return this.#latest.has(id) ? this.#latest.get(id) : this.#tableOf(resource).get(key);
  }

  /** Objects whose key begins so, in no order. */
  withPrefix(resource: string, prefix: string): readonly (readonly [string, StoredObject])[] {
    const found = new Map(
      this.#tableOf(resource)
        .entries()
        .filter(([key]) => key.startsWith(prefix)),
    );
    for (const [id, stored] of this.#latest) {
      if (!id.startsWith(`${resource} ${prefix}`)) continue;
      const key = id.slice(resource.length + 1);
      if (stored) found.set(key, stored);
      else found.delete(key);
    }
    return [...found];
  }

  /** Writes an object under the next revision, which becomes its resourceVersion. */
  put(resource: string, key: string, object: KubeObject): StoredObject {
    const before = this.get(resource, key);
    const after = this.#next(object);
    this.#record(resource, { revision: after.revision, key, type: before ? 'MODIFIED' : 'ADDED', after, before });
    return after;
  }

  /** Removes an object that is there; `last` is how watches see it for the last time. */
  remove(resource: string, key: string, last: KubeObject): StoredObject {
    const before = this.get(resource, key);
    const after = this.#next(last);
    this.#record(resource, { revision: after.revision, key, type: 'DELETED', after, before });
    return after;
  }

  /** Takes back everything after a point; see {@link mark}. */
  rollback(mark: { readonly changes: number; readonly revision: number }): void {
    const undone = this.#changes.splice(mark.changes);
    for (const { resource, change } of undone.reverse()) this.#latest.set(`${resource} ${change.key}`, change.before);
    this.#revision = mark.revision;
  }

  /** A point to which {@link rollback} can return. */
  mark(): { readonly changes: number; readonly revision: number } {
    return { changes: this.#changes.length, revision: this.#revision };
  }

  #next(object: KubeObject): StoredObject {
    this.#revision += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#revision) };
    return storedObject({ ...object, metadata }, this.#revision);
  }

  #record(resource: string, change: Change): void {
    this.#changes.push({ resource, change });
    this.#latest.set(`${resource} ${change.key}`, change.type === 'DELETED' ? undefined : change.after);
  }
}
