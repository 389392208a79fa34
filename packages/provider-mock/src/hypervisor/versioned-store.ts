import { randomUUID } from 'node:crypto';
import { watch } from 'node:fs';
import { makePrivateDirectory } from './durable-file.ts';
import { RecordLog } from './record-log.ts';
import type { RecordListener, RecordStore } from './record-store.ts';
import { SortedKeys } from './sorted-keys.ts';

/** A record as it was stored; `value` is null once it was removed. */
interface Version<T> {
  readonly number: number;
  readonly value: T | null;
  readonly writtenAtMs: number;
}

/** One line of the log. `id` lets its writer see whether it came to be. */
type Line<T> = readonly [id: string, key: string, number: number, value: T | null, writtenAtMs: number];

const forgottenAfterMs = 3_600_000;
const rewrittenFromLines = 1_000;
/** A log of mostly outdated lines is written anew. */
const outdatedShare = 4;

/**
 * Records that several processes change at once. Whoever wants to change one appends what shall be version n + 1 to a log that all read in
 * the same order: the first such line makes it, and any other counts for nothing. That is a compare-and-swap that needs no lock, so that a
 * killed process can hold nobody up. A removed record leaves a tombstone, lest a slow writer brings it back.
 */
export class VersionedStore<T extends object> implements RecordStore<T> {
  /** Where the log lies. */
  readonly directory: string;
  readonly #log: RecordLog;
  readonly #labelOf: (value: T) => string | undefined;
  readonly #listeners = new Set<RecordListener>();
  #latest = new Map<string, Version<T>>();
  /** Of records that are there, without tombstones. */
  #keys = new SortedKeys();
  #keysByLabel = new Map<string, Set<string>>();
  /** The line that an update has just written: whether it was the first of its number. */
  #awaited: { readonly id: string; made: boolean } | undefined;
  readonly #changed = new Set<string>();

  private constructor(directory: string, labelOf: (value: T) => string | undefined) {
    this.directory = directory;
    this.#labelOf = labelOf;
    this.#log = new RecordLog(directory);
  }

  /** @param labelOf - by what {@link labelled} finds a record; by default by nothing. */
  static async open<T extends object>(
    directory: string,
    labelOf: (value: T) => string | undefined = () => undefined,
  ): Promise<VersionedStore<T>> {
    await makePrivateDirectory(directory);
    const store = new VersionedStore<T>(directory, labelOf);
    store.#log.sweep();
    store.#refresh();
    if (store.#log.lines > Math.max(rewrittenFromLines, outdatedShare * store.#latest.size)) {
      store.#log.seal();
      store.#refresh();
    }
    return store;
  }

  async get(key: string): Promise<T | undefined> {
    this.#refresh();
    return await Promise.resolve(this.#latest.get(key)?.value ?? undefined);
  }

  async list(prefix = ''): Promise<ReadonlyMap<string, T>> {
    this.#refresh();
    const found = new Map<string, T>();
    for (const key of this.#keys.from(prefix)) {
      const value = this.#latest.get(key)?.value;
      if (value) found.set(key, value);
    }
    return await Promise.resolve(found);
  }

  async labelled(label: string): Promise<readonly T[]> {
    this.#refresh();
    const keys = [...(this.#keysByLabel.get(label) ?? [])].sort();
    return await Promise.resolve(keys.flatMap((key) => this.#latest.get(key)?.value ?? []));
  }

  async update(key: string, change: (current: T | undefined) => T | null | undefined): Promise<T | undefined> {
    await Promise.resolve();
    for (;;) {
      this.#refresh();
      const current = this.#latest.get(key);
      const wanted = change(current?.value ?? undefined);
      if ((wanted ?? undefined) === (current?.value ?? undefined)) return wanted ?? undefined;
      if (this.#make(key, { number: (current?.number ?? 0) + 1, value: wanted ?? null, writtenAtMs: Date.now() })) {
        return wanted ?? undefined;
      }
    }
  }

  watch(listener: RecordListener): () => void {
    const watcher = watch(this.directory, () => {
      try {
        this.#refresh();
      } catch (error) {
        listener.failed(error);
      }
    });
    watcher.on('error', (error) => listener.failed(error));
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      watcher.close();
    };
  }

  /** @returns false when another writer was faster. */
  #make(key: string, version: Version<T>): boolean {
    const awaited = { id: randomUUID(), made: false };
    this.#awaited = awaited;
    this.#log.append(lineOf(awaited.id, key, version));
    this.#refresh();
    return awaited.made;
  }

  /** Takes in what any process has written. */
  #refresh(): void {
    for (;;) {
      const { begins, lines, sealed } = this.#log.read();
      if (begins) this.#beginAnew(lines);
      else for (const line of lines) this.#tell(this.#take(line));
      if (!sealed) return;
      this.#log.succeed(this.#worthKeeping());
    }
  }

  #beginAnew(lines: readonly string[]): void {
    const before = this.#latest;
    this.#latest = new Map();
    this.#keys = new SortedKeys();
    this.#keysByLabel = new Map();
    for (const line of lines) this.#take(line);
    for (const key of new Set([...before.keys(), ...this.#latest.keys()])) {
      if (before.get(key)?.number !== this.#latest.get(key)?.number) this.#tell(key);
    }
  }

  /** @returns the key of the record that the line changes, if it does. */
  #take(text: string): string | undefined {
    const line = parsed<T>(text);
    if (!line) return undefined;
    const [id, key, number, value, writtenAtMs] = line;
    const current = this.#latest.get(key);
    // The first line of a key in a file says what it was when the file was begun.
    if (current && number !== current.number + 1) return undefined;
    this.#latest.set(key, { number, value, writtenAtMs });
    this.#label(key, current?.value, value);
    if (this.#awaited?.id === id) this.#awaited.made = true;
    if (value) this.#keys.add(key);
    else this.#keys.remove(key);
    return key;
  }

  #label(key: string, before: T | null | undefined, now: T | null): void {
    const [from, to] = [before && this.#labelOf(before), now && this.#labelOf(now)];
    if (from === to) return;
    if (typeof from === 'string') this.#keysByLabel.get(from)?.delete(key);
    if (typeof to === 'string') this.#keysByLabel.set(to, (this.#keysByLabel.get(to) ?? new Set()).add(key));
  }

  /** Not at once: who is told may ask back, and shall find everything taken in. */
  #tell(key: string | undefined): void {
    if (key === undefined || this.#listeners.size === 0) return;
    if (this.#changed.size === 0) queueMicrotask(() => this.#tellAll());
    this.#changed.add(key);
  }

  #tellAll(): void {
    const keys = [...this.#changed];
    this.#changed.clear();
    for (const listener of this.#listeners) for (const key of keys) listener.changed(key);
  }

  /** Everything but tombstones that no running writer can have read the predecessor of. */
  #worthKeeping(): readonly string[] {
    const before = Date.now() - forgottenAfterMs;
    return [...this.#latest]
      .filter(([, { value, writtenAtMs }]) => value !== null || writtenAtMs > before)
      .map(([key, version]) => lineOf('', key, version));
  }
}

function lineOf<T>(id: string, key: string, { number, value, writtenAtMs }: Version<T>): string {
  return JSON.stringify([id, key, number, value, writtenAtMs] satisfies Line<T>);
}

/** Undefined for what a killed process left unfinished. */
function parsed<T>(text: string): Line<T> | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return Array.isArray(line) && line.length === 5 ? (line as unknown as Line<T>) : undefined;
  } catch {
    return undefined;
  }
}
