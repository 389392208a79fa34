/** Records by key. Where several hold it open, each change is one atomic step that all of them see at their next call. */
export interface RecordStore<T extends object> {
  get(key: string): Promise<T | undefined>;
  /** All records whose key begins with `prefix`, in order of their keys. */
  list(prefix?: string): Promise<ReadonlyMap<string, T>>;
  /** The records that bear a label, without a look at the others. What a record's label is, is said where the store is opened. */
  labelled(label: string): Promise<readonly T[]>;
  /**
   * Changes one record. `change` sees what is there and answers what shall be: null removes; the same object changes nothing. It
   * may be called again when another writer was faster, so it must be without effect of its own; what it throws is thrown.
   *
   * @returns what is there afterwards.
   */
  update(key: string, change: (current: T | undefined) => T | null | undefined): Promise<T | undefined>;
  /** Tells the key of each record that changes from now on, by whomever. @returns ends it. */
  watch(listener: RecordListener): () => void;
}

/** What a watcher of records is told. */
export interface RecordListener {
  changed(key: string): void;
  /** It cannot be watched any more; nothing follows. */
  failed(error: unknown): void;
}
