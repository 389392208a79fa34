import fs from 'node:fs';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { VersionedStore } from './versioned-store.ts';

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

  const logs = async () =>
    Promise.all((await readdir(directory)).sort().map((name) => readFile(join(directory, name), 'utf8')));

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
    expect([await a.get('x'), await b.get('x')]).toEqual([{ n: 20 }, { n: 20 }]);
  });

  it('makes a change again whose number another process took in between', async () => {
    await a.update('x', () => ({ n: 1 }));
    const seen: (number | undefined)[] = [];
    const made = await a.update('x', (current) => {
      if (seen.push(current?.n) === 1) fs.appendFileSync(join(directory, 'records-1.log'), '["o","x",2,{"n":10},0]\n');
      return { n: (current?.n ?? 0) + 1 };
    });
    expect([seen, made, await b.get('x')]).toEqual([[1, 10], { n: 11 }, { n: 11 }]);
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

  it('writes nothing when nothing changes', async () => {
    await a.update('x', () => ({ n: 1 }));
    const before = await logs();
    await b.update('x', (current) => current);
    await b.update('y', () => null);
    expect(await logs()).toEqual(before);
  });

  it('reads over what killed processes left unfinished', async () => {
    await a.update('x', () => ({ n: 1 }));
    await appendFile(join(directory, 'records-1.log'), '\n["id","x",2,{"n":9');
    expect(await b.get('x')).toEqual({ n: 1 });
    await a.update('x', () => ({ n: 2 }));
    expect([await a.get('x'), await b.get('x')]).toEqual([{ n: 2 }, { n: 2 }]);
  });

  it('sees a line once it is whole', async () => {
    const log = join(directory, 'records-1.log');
    await appendFile(log, '["id","x",1,{"n"');
    expect(await b.get('x')).toBeUndefined();
    await appendFile(log, ':1},0]\n');
    expect(await b.get('x')).toEqual({ n: 1 });
  });

  it('begins anew in a directory that was put back to what it was', async () => {
    await a.update('x', () => ({ n: 1 }));
    const [kept = ''] = await logs();
    await a.update('x', () => ({ n: 2 }));
    await writeFile(join(directory, 'records-1.log'), kept);
    expect([await a.get('x'), await b.get('x')]).toEqual([{ n: 1 }, { n: 1 }]);
  });

  describe('whose log is mostly outdated', () => {
    const outdate = async (store: VersionedStore<Counter>) => {
      for (let n = 0; n < 1_100; n += 1) await store.update('busy', () => ({ n }));
    };

    it('is written anew when it is opened, and forgets tombstones older than an hour', async () => {
      await a.update('old', () => ({ n: 1 }));
      const now = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 2 * 3_600_000);
      await a.update('old', () => null);
      now.mockRestore();
      await a.update('new', () => ({ n: 1 }));
      await a.update('new', () => null);
      await outdate(a);
      const c = await VersionedStore.open<Counter>(directory);
      expect(await readdir(directory)).toEqual(['records-1.log', 'records-2.log']);
      const [, log = ''] = await logs();
      expect(log.split('\n').map((line) => /"(old|new|busy)"/.exec(line)?.[1])).toEqual(['new', 'busy', undefined]);
      await c.update('old', () => ({ n: 3 }));
      for (const store of [a, b, c]) expect(await store.get('old')).toEqual({ n: 3 });
    });

    it('loses no update of writers that still have the old one', async () => {
      await outdate(a);
      await b.get('busy');
      await a.update('busy', () => ({ n: 0 }));
      const add = (store: VersionedStore<Counter>) => store.update('busy', (current) => ({ n: (current?.n ?? 0) + 1 }));
      const both = [add(a), add(b), VersionedStore.open(directory), add(a), add(b)];
      await Promise.all(both);
      await Promise.all([add(a), add(b)]);
      expect([await a.get('busy'), await b.get('busy')]).toEqual([{ n: 6 }, { n: 6 }]);
    });
  });

  it('looks at no directory and reads nothing twice, however many records there are', async () => {
    for (let n = 0; n < 50; n += 1) await a.update(`k${String(n)}`, () => ({ n }));
    await b.list();
    const [listed, opened] = [jest.spyOn(fs, 'readdirSync'), jest.spyOn(fs, 'openSync')];
    try {
      await b.get('nobody');
      await b.list('k4');
      expect([listed.mock.calls.length, opened.mock.calls.length]).toEqual([0, 0]);
      await b.update('new', () => ({ n: 1 }));
      // One to write the line, one to read it back.
      expect([listed.mock.calls.length, opened.mock.calls.length]).toEqual([0, 2]);
    } finally {
      jest.restoreAllMocks();
    }
  });

  it('lists those with a prefix in order', async () => {
    for (const key of ['b.2', 'a', 'b.1', 'c', 'b']) await a.update(key, () => ({ n: 1 }));
    await a.update('b.3', () => ({ n: 1 }));
    await a.update('b.3', () => null);
    expect([...(await b.list('b.')).keys()]).toEqual(['b.1', 'b.2']);
    expect([...(await b.list()).keys()]).toEqual(['a', 'b', 'b.1', 'b.2', 'c']);
  });

  it('finds records by their label as it is now', async () => {
    const open = () => VersionedStore.open<Counter>(directory, ({ n }) => (n < 0 ? undefined : String(n)));
    const [c, d] = [await open(), await open()];
    await c.update('x', () => ({ n: 1 }));
    await c.update('y', () => ({ n: 1 }));
    expect(await d.labelled('1')).toHaveLength(2);
    await c.update('x', () => ({ n: 2 }));
    await c.update('y', () => null);
    expect([await d.labelled('1'), await d.labelled('2'), await d.labelled('3')]).toEqual([[], [{ n: 2 }], []]);
  });

  it('takes any key', async () => {
    const key = '../a b/ü@1.json\n"';
    await a.update(key, () => ({ n: 1 }));
    expect([...(await b.list()).keys()]).toEqual([key]);
    expect(await readdir(directory)).toEqual(['records-1.log']);
  });
});
