import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keyOfFile, VersionedStore } from './versioned-store.ts';

interface Counter {
  readonly n: number;
}

describe('VersionedStore', () => {
  let directory: string;
  let a: VersionedStore<Counter>;
  let b: VersionedStore<Counter>;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'store-'));
    a = await VersionedStore.open(directory);
    b = await VersionedStore.open(directory);
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('shows to one process what another wrote', async () => {
    await a.update('x', () => ({ n: 1 }));
    expect(await b.get('x')).toEqual({ n: 1 });
    await b.update('x', (current) => ({ n: (current?.n ?? 0) + 1 }));
    expect(await a.get('x')).toEqual({ n: 2 });
    expect([...(await a.list())]).toEqual([['x', { n: 2 }]]);
  });

  it('loses no update of several writers', async () => {
    const add = (store: VersionedStore<Counter>) => store.update('x', (current) => ({ n: (current?.n ?? 0) + 1 }));
    await Promise.all(Array.from({ length: 20 }, (_, i) => add(i % 2 === 0 ? a : b)));
    expect(await a.get('x')).toEqual({ n: 20 });
    expect(await readdir(directory)).toEqual(['x@20.json']);
  });

  it('lets exactly one of several claim a key', async () => {
    const claim = (store: VersionedStore<Counter>, n: number) =>
      store.update('x', (current) => {
        if (current) throw new Error('taken');
        return { n };
      });
    const results = await Promise.allSettled([1, 2, 3, 4].map((n) => claim(n % 2 === 0 ? a : b, n)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('does not let a slow writer bring back what was removed', async () => {
    await a.update('x', () => ({ n: 1 }));
    await b.get('x');
    await a.update('x', () => null);
    const seen: (Counter | undefined)[] = [];
    await b.update('x', (current) => {
      seen.push(current);
      return current && { n: 9 };
    });
    expect(seen).toEqual([undefined]);
    expect(await a.get('x')).toBeUndefined();
    await b.update('x', () => ({ n: 3 }));
    expect(await a.get('x')).toEqual({ n: 3 });
  });

  it('forgets a tombstone after an hour, and goes on when another process did', async () => {
    await a.update('x', () => ({ n: 1 }));
    await a.update('x', () => null);
    await b.get('x');
    await VersionedStore.open(directory);
    expect(await readdir(directory)).toEqual(['x@2.json']);
    const old = new Date(Date.now() - 2 * 3_600_000);
    await utimes(join(directory, 'x@2.json'), old, old);
    const c = await VersionedStore.open<Counter>(directory);
    expect(await readdir(directory)).toEqual([]);
    await c.update('x', () => ({ n: 3 }));
    expect(await b.get('x')).toEqual({ n: 3 });
    expect(await a.get('x')).toEqual({ n: 3 });
  });

  it('writes nothing when nothing changes', async () => {
    await a.update('x', () => ({ n: 1 }));
    await b.update('x', (current) => current);
    await b.update('y', () => null);
    expect(await readdir(directory)).toEqual(['x@1.json']);
  });

  it('reads over what killed processes left', async () => {
    await writeFile(join(directory, 'x@1.json'), '{"n":1}');
    await writeFile(join(directory, 'x@2.json'), '{"n":2}');
    await writeFile(join(directory, '.x@3.json.half'), '{"n":');
    expect(await a.get('x')).toEqual({ n: 2 });
    expect([...(await b.list())]).toEqual([['x', { n: 2 }]]);
    await a.update('x', () => ({ n: 3 }));
    expect((await readdir(directory)).sort()).toEqual(['.x@3.json.half', 'x@3.json']);
  });

  it('takes any key', async () => {
    const key = '../a b/ü@1.json';
    await a.update(key, () => ({ n: 1 }));
    expect([...(await b.list()).keys()]).toEqual([key]);
    expect(keyOfFile((await readdir(directory))[0] ?? '')).toBe(key);
  });
});
