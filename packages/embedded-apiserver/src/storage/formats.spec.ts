import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { currentFormat, formatOf } from './formats.ts';
import { ObjectStore } from './object-store.ts';

/** What format 1 was, as a released program wrote it. Never to be changed. */
const format1 = readFileSync(new URL('../testing/format-1.sql', import.meta.url), 'utf8');

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'formats-'));
  path = join(directory, 'objects.db');
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = () => new ObjectStore(path, { historyLength: 10, complete: (_resource, object) => object });
const edit = (sql: string) => {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
};
const schemaOf = () => {
  const database = new DatabaseSync(path);
  const rows = database.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all();
  const format = formatOf(database);
  const writer = database.prepare("SELECT value FROM about WHERE name = 'writer'").get()?.['value'];
  database.close();
  return { format, writer, tables: rows.map((row) => [row['name'], String(row['sql']).replace(/\s+/g, ' ')]) };
};

describe('a database of format 1', () => {
  it('is brought to the present format, and holds what it held', async () => {
    edit(format1);
    const store = open();
    expect(store.revision).toBe(9);
    expect(store.table('secrets').get('default/kept')?.object).toMatchObject({
      metadata: { name: 'kept', resourceVersion: '7' },
      data: { a: 'Yg==' },
    });
    const thing = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a', uid: 'a', resourceVersion: '' } };
    await store.write((transaction) => transaction.put('things', 'a', thing as never));
    expect(store.revision).toBe(10);
    store.close();
    const again = open();
    expect(again.table('things').get('a')?.revision).toBe(10);
    again.close();
  });

  it('then is as one that was made new', () => {
    edit(format1);
    open().close();
    const migrated = schemaOf();
    rmSync(path);
    open().close();
    expect(migrated).toEqual(schemaOf());
    expect(migrated).toMatchObject({ format: currentFormat, writer: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  });

  it('that is damaged stays as it is, at format 1', () => {
    edit(format1);
    // The second page is the root of the table of objects.
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(100, 0x5a), 0, 100, 4096);
    closeSync(file);
    expect(open).toThrow(expect.objectContaining({ code: 'StateCorrupt' }));
    const database = new DatabaseSync(path);
    expect(formatOf(database)).toBe(1);
    database.close();
  });
});

describe('a database of a later format', () => {
  it('is refused, and named is the version that wrote it', () => {
    open().close();
    edit(`PRAGMA user_version = ${currentFormat + 1}; UPDATE about SET value = '9.8.7' WHERE name = 'writer'`);
    expect(open).toThrow(
      expect.objectContaining({
        code: 'StateTooNew',
        message: expect.stringMatching(
          /objects\.db has format 4, and this version, [\d.]+, knows formats up to 3: use version 9\.8\.7, which wrote it, or later, or another directory$/,
        ),
      }),
    );
    expect(schemaOf()).toMatchObject({ format: currentFormat + 1, writer: '9.8.7' });
  });
});
