import { both16, both32, recordTime, SECTOR } from './iso-fields.ts';

/** Where a directory or a file lies, and how it is called. */
export interface Extent {
  readonly sector: number;
  readonly bytes: number;
}

interface RecordInit extends Extent {
  readonly identifier: Buffer;
  readonly isDirectory: boolean;
  readonly at: Date;
  /** Entries of the system use area (Rock Ridge). */
  readonly systemUse: readonly Buffer[];
}

/** One directory record: ECMA-119, 9.1. Its length is even. */
export function directoryRecord(init: RecordInit): Buffer {
  const { identifier } = init;
  const padding = identifier.length % 2 === 0 ? 1 : 0;
  const systemUse = Buffer.concat(init.systemUse);
  const length = 33 + identifier.length + padding + systemUse.length;
  const record = Buffer.concat([
    Buffer.from([length + (length % 2), 0]),
    both32(init.sector),
    both32(init.bytes),
    recordTime(init.at),
    Buffer.from([init.isDirectory ? 2 : 0, 0, 0]),
    both16(1),
    Buffer.from([identifier.length]),
    identifier,
    Buffer.alloc(padding),
    systemUse,
    Buffer.alloc(length % 2),
  ]);
  if (record.length > 255) throw new Error(`directory record of ${String(record.length)} bytes: the name is too long`);
  return record;
}

/** A directory of one sector: ".", "..", then the records. */
export function directorySector(records: readonly Buffer[]): Buffer {
  const content = Buffer.concat(records);
  if (content.length > SECTOR) throw new Error('too many files for one directory sector');
  return Buffer.concat([content, Buffer.alloc(SECTOR - content.length)]);
}

/** A path table that knows the root alone: ECMA-119, 9.4. */
export function pathTable(rootSector: number, order: 'little' | 'big'): Buffer {
  const table = Buffer.alloc(10);
  table.writeUInt8(1, 0);
  if (order === 'little') {
    table.writeUInt32LE(rootSector, 2);
    table.writeUInt16LE(1, 6);
  } else {
    table.writeUInt32BE(rootSector, 2);
    table.writeUInt16BE(1, 6);
  }
  return table;
}
