import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createDurably,
  isThere,
  makePrivateDirectory,
  readIfThere,
  removeIfThere,
  unlessMissing,
} from './durable-file.ts';

/** A record as it was stored; `value` is null once it was removed. */
interface Version<T> {
  readonly number: number;
  readonly value: T | null;
}

const forgottenAfterMs = 3_600_000;

/**
 * Records in a directory that several processes change at once. Each version of a record is a file of its own,
 * `<key>@<number>.json`, made by an atomic link that only one writer of that number wins: a compare-and-swap that needs no lock,
 * so that a killed process can hold nobody up. A removed record leaves a tombstone, lest a slow writer brings it back.
 */
export class VersionedStore<T extends object> {
  readonly #directory: string;
  readonly #latest = new Map<string, Version<T>>();

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async open<T extends object>(directory: string): Promise<VersionedStore<T>> {
    await makePrivateDirectory(directory);
    const store = new VersionedStore<T>(directory);
    await store.#sweep();
    return store;
  }

  /** The directory to watch; {@link keyOfFile} says what changed. */
  get directory(): string {
    return this.#directory;
  }

  async get(key: string): Promise<T | undefined> {
    return (await this.#read(key))?.value ?? undefined;
  }

  /** All records whose key begins with `prefix`, in order of their keys. */
  async list(prefix = ''): Promise<ReadonlyMap<string, T>> {
    const found = new Map<string, T>();
    for (const [key, number] of [...(await this.#newestNumbers())].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!key.startsWith(prefix)) continue;
      const value = (await this.#readVersion(key, number)) ?? (await this.#read(key));
      if (value?.value) found.set(key, value.value);
    }
    return found;
  }

  /**
   * Changes one record. `change` sees what is there and answers what shall be: null removes; the same object changes nothing. It
   * is called again when another writer was faster, so it must be without effect of its own; what it throws is thrown.
   *
   * @returns what is there afterwards.
   */
  async update(key: string, change: (current: T | undefined) => T | null | undefined): Promise<T | undefined> {
    for (;;) {
      const current = await this.#read(key);
      const wanted = change(current?.value ?? undefined);
      if ((wanted ?? undefined) === (current?.value ?? undefined)) return wanted ?? undefined;
      const next: Version<T> = { number: (current?.number ?? 0) + 1, value: wanted ?? null };
      if (!(await createDurably(this.#path(key, next.number), JSON.stringify(next.value)))) continue;
      this.#latest.set(key, next);
      if (current) await this.#prune(key, current.number);
      return wanted ?? undefined;
    }
  }

  async #read(key: string): Promise<Version<T> | undefined> {
    for (;;) {
      const known = this.#latest.get(key);
      if (
        known &&
        !(await isThere(this.#path(key, known.number + 1))) &&
        (await isThere(this.#path(key, known.number)))
      ) {
        return known;
      }
      const number = await this.#newestNumber(key, known?.number ?? 0);
      if (number === undefined) return void this.#latest.delete(key);
      // Numbers begin anew where a tombstone was forgotten.
      if (known && known.number > number) this.#latest.delete(key);
      await this.#readVersion(key, number);
    }
  }

  /** One version; undefined when a newer one has replaced it already. */
  async #readVersion(key: string, number: number): Promise<Version<T> | undefined> {
    const known = this.#latest.get(key);
    if (known?.number === number) return known;
    const text = await readIfThere(this.#path(key, number));
    if (text === undefined) return undefined;
    const read = { number, value: JSON.parse(text) as T | null };
    if (number > (this.#latest.get(key)?.number ?? 0)) this.#latest.set(key, read);
    return read;
  }

  async #newestNumber(key: string, known: number): Promise<number | undefined> {
    // Numbers have no gaps and the old are removed first: a file whose successor is missing is the newest.
    if (known > 0 && (await isThere(this.#path(key, known + 1)))) {
      let number = known + 1;
      while (await isThere(this.#path(key, number + 1))) number += 1;
      return number;
    }
    if (known === 0 && (await isThere(this.#path(key, 1))) && !(await isThere(this.#path(key, 2)))) return 1;
    return (await this.#newestNumbers()).get(key);
  }

  async #newestNumbers(): Promise<Map<string, number>> {
    const numbers = new Map<string, number>();
    for (const name of await readdir(this.#directory)) {
      const file = parseFile(name);
      if (file && file.number > (numbers.get(file.key) ?? 0)) numbers.set(file.key, file.number);
    }
    return numbers;
  }

  async #prune(key: string, upTo: number): Promise<void> {
    const old: number[] = [];
    for (let number = upTo; number > 0 && (await isThere(this.#path(key, number))); number -= 1) old.unshift(number);
    for (const number of old) await removeIfThere(this.#path(key, number));
  }

  /** Forgets tombstones that no running writer can have read the predecessor of, and what killed processes left. */
  async #sweep(): Promise<void> {
    const before = Date.now() - forgottenAfterMs;
    const newest = await this.#newestNumbers();
    for (const name of await readdir(this.#directory)) {
      const path = join(this.#directory, name);
      const file = parseFile(name);
      const ageOf = async () => (await unlessMissing(stat(path)))?.mtimeMs ?? Date.now();
      if (!file && name.startsWith('.') && (await ageOf()) < before) await removeIfThere(path);
      if (!file || newest.get(file.key) !== file.number || (await ageOf()) >= before) continue;
      if ((await readIfThere(path)) === 'null') await removeIfThere(path);
    }
  }

  #path(key: string, number: number): string {
    return join(this.#directory, `${encodeURIComponent(key).replace(/^\./, '%2E')}@${number}.json`);
  }
}

/** Which record a file of a store's directory belongs to; undefined for any other file. */
export function keyOfFile(name: string): string | undefined {
  return parseFile(name)?.key;
}

function parseFile(name: string): { readonly key: string; readonly number: number } | undefined {
  const match = /^([^.@][^@]*)@(\d+)\.json$/.exec(name);
  return match?.[1] === undefined ? undefined : { key: decodeURIComponent(match[1]), number: Number(match[2]) };
}
