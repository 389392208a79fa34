import { crc32 } from 'node:zlib';

/** A row of the table of objects. */
export interface Row {
  readonly resource: string;
  readonly key: string;
  readonly revision: number;
  readonly body: string;
}

/** Finds out whether a row is as it was written: SQLite itself does not see a bit that has flipped inside a value. */
export function rowChecksum({ resource, key, revision, body }: Row): number {
  return crc32(`${resource}\n${key}\n${revision}\n${body}`);
}
