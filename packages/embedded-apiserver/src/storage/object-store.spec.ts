import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../kube-object.ts';
import { ObjectStore } from './object-store.ts';
import type { Change } from './stored-object.ts';

const object = (name: string, value = 0): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, uid: name, resourceVersion: '', creationTimestamp: '' },
  value,
});

let directory: string;
let store: ObjectStore;
const open = (options: { readonly maxBytes?: number } = {}) =>
  new ObjectStore(join(directory, 'objects.db'), {
    historyLength: 10,
    complete: (_resource, stored) => stored,
    ...options,
  });

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'store-'));
  store = open();
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true });
});

const put = (name: string, value = 0) =>
  store.write((transaction) => transaction.put('things', name, object(name, value)));

describe('ObjectStore', () => {
  it('shows a write only once it is safe', async () => {
    const writing = put('a');
    expect(store.table('things').get('a')).toBeUndefined();
    const stored = await writing;
    expect(store.table('things').get('a')).toBe(stored);
    expect(stored.object.metadata.resourceVersion).toBe('1');
  });

  it('runs writes that come together after each other, each seeing those before', async () => {
    const seen: unknown[] = [];
    await Promise.all(
      [1, 2, 3].map((value) =>
        store.write((transaction) => {
          seen.push(transaction.get('things', 'a')?.object['value']);
          transaction.put('things', 'a', object('a', value));
        }),
      ),
    );
    expect(seen).toEqual([undefined, 1, 2]);
  });

  it('takes back all of a job that throws, and nothing of others', async () => {
    const failing = store.write((transaction) => {
      transaction.put('things', 'lost', object('lost'));
      throw new Error('refused');
    });
    const kept = put('kept');
    await expect(failing).rejects.toThrow('refused');
    expect((await kept).revision).toBe(1);
    expect(store.table('things').get('lost')).toBeUndefined();
  });

  it('finds everything again, and counts on', async () => {
    await Promise.all([put('a'), put('b')]);
    await store.write((transaction) => transaction.remove('things', 'b', object('b')));
    store.close();
    store = open();
    expect(
      store
        .table('things')
        .entries()
        .map(([key]) => key),
    ).toEqual(['a']);
    expect((await put('c')).revision).toBe(4);
  });

  it('tells listeners of changes in order, until they leave', async () => {
    const changes: Change[] = [];
    const leave = store.subscribe('things', (change) => changes.push(change));
    await Promise.all([put('a', 1), put('a', 2)]);
    await store.write((transaction) => transaction.remove('things', 'a', object('a')));
    leave();
    await put('b');
    expect(changes.map(({ type, revision }) => `${type} ${revision}`)).toEqual(['ADDED 1', 'MODIFIED 2', 'DELETED 3']);
    expect(changes[2]?.before?.object['value']).toBe(2);
  });

  it('remembers a bounded history, and shows states within it', async () => {
    for (let value = 1; value <= 20; value += 1) await put('a', value);
    const table = store.table('things');
    expect(table.compacted).toBe(10);
    expect(table.changesSince(9)).toBeUndefined();
    expect(table.changesSince(18)?.map(({ revision }) => revision)).toEqual([19, 20]);
    expect(table.entriesAt(15)?.map(([, stored]) => stored.object['value'])).toEqual([15]);
  });

  it('refuses writes after it was closed', async () => {
    store.close();
    await expect(put('a')).rejects.toMatchObject({ code: 'StateUnwritable' });
  });

  it('refuses what waits when the disk is full, and goes on when it is not', async () => {
    await put('a');
    store.close();
    store = open({ maxBytes: 100_000 });
    await expect(
      store.write((transaction) => transaction.put('things', 'x', { ...object('x'), text: 'x'.repeat(1e6) })),
    ).rejects.toMatchObject({
      code: 'StateUnwritable',
      message: expect.stringContaining('is full') as unknown,
    });
    expect(store.table('things').get('x')).toBeUndefined();
    expect((await put('a', 2)).revision).toBe(2);
  });
});
