import { createHash } from 'node:crypto';
import { copyFile, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { restoreBackup, startApiServer } from '../src/index.ts';
import type { ApiServer } from '../src/index.ts';
import { ApiClient } from '../src/testing/api-client.ts';
import type { TestAnswer } from '../src/testing/api-client.ts';
import { widgetCrd } from '../src/testing/widget-crd.ts';
import { temporaryDirectory, widget, widgets } from './with-server.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let stateDir: string;
let server: ApiServer;
let client: ApiClient;

const start = async () => {
  server = await startApiServer({ stateDir, crds: [widgetCrd], listen: { host: '127.0.0.1', port: 0 } });
  client = new ApiClient(server);
};
const stop = async () => {
  client.close();
  await server.stop();
};
/** Asks for a backup, and takes it away as the client does. */
const backUp = async () => {
  const { code, body } = await client.create('/backup', {});
  expect(code).toBe(201);
  const file = join(directory.path, 'kept.backup');
  await copyFile(join(stateDir, body.file), file);
  return { file, revision: Number(body.revision), name: String(body.file) };
};
const restore = (file: string) => restoreBackup({ file, stateDir, now: new Date('2026-03-04T05:06:07Z') });
const names = async () =>
  (await client.get(widgets)).body.items.map((item: TestAnswer['body']) => item.metadata.name as string);

beforeEach(async () => {
  directory = await temporaryDirectory();
  stateDir = join(directory.path, 'apiserver');
  await start();
});
afterEach(async () => {
  await stop();
  await directory.remove();
});

describe('a backup of a server that serves', () => {
  it('while clients write is one moment: all that was acknowledged before it was asked for, and no hole', async () => {
    for (let index = 0; index < 200; index += 1) await client.create(widgets, widget(`before-${index}`));
    let isDone = false;
    const write = async (writer: string) => {
      let count = 0;
      for (; !isDone; count += 1) await client.create(widgets, widget(`${writer}-${count}`));
      return count;
    };
    const writers = ['a', 'b', 'c'].map(write);
    const { file, revision } = await backUp();
    isDone = true;
    const counts = await Promise.all(writers);
    await stop();
    await restore(file);
    await start();
    const found = await names();
    expect(found.filter((name: string) => name.startsWith('before-'))).toHaveLength(200);
    // Each writer waits for its answer: what is there of it is its first writes, without a hole.
    for (const [index, writer] of ['a', 'b', 'c'].entries()) {
      const own = found.filter((name: string) => name.startsWith(`${writer}-`)).length;
      expect(own).toBeLessThanOrEqual(counts[index] ?? 0);
      expect([...found]).toEqual(expect.arrayContaining(Array.from({ length: own }, (_, at) => `${writer}-${at}`)));
    }
    expect(revision).toBeGreaterThanOrEqual(200);
  });

  it('is its user’s alone, and what nobody took goes at the next start', async () => {
    const { name } = await backUp();
    expect((await stat(join(stateDir, name))).mode & 0o777).toBe(0o600);
    await stop();
    await start();
    expect((await readdir(stateDir)).filter((file) => file.startsWith('backup-'))).toEqual([]);
  });

  it('is nobody’s who has no token, and is asked for by POST', async () => {
    const bare = new ApiClient({ ...server, token: 'wrong' });
    expect((await bare.create('/backup', {})).code).toBe(401);
    bare.close();
    expect((await client.get('/backup')).code).toBe(404);
    expect((await readdir(stateDir)).filter((file) => file.startsWith('backup-'))).toEqual([]);
  });
});

describe('a backup that is restored', () => {
  it('brings back what was lost, as the same server, and keeps what was there aside', async () => {
    const { body: made } = await client.create(widgets, widget('kept'));
    const { body: cluster } = await client.get('/api/v1/namespaces/kube-system');
    const { token, caPem } = server;
    const { file } = await backUp();
    await client.remove(`${widgets}/kept`);
    const { body: later } = await client.create(widgets, widget('later'));
    await stop();
    const { objects, aside } = await restore(file);
    expect(objects).toBeGreaterThanOrEqual(3);
    expect(aside).toBe(`${stateDir}.before-20260304T050607Z`);
    expect(await readdir(aside ?? '')).toContain('objects.db');

    await start();
    expect(await names()).toEqual(['kept']);
    expect((await client.get(`${widgets}/kept`)).body).toEqual(made);
    expect((await client.get('/api/v1/namespaces/kube-system')).body.metadata.uid).toBe(cluster.metadata.uid);
    expect([server.token, server.caPem]).toEqual([token, caPem]);

    // Revisions go on: a watch of before is not taken for one of now.
    const stale = await client.watch(`${widgets}?watch=1&resourceVersion=${later.metadata.resourceVersion}`);
    expect(await stale.next()).toMatchObject({ type: 'ERROR', object: { code: 410 } });
    const { body: next } = await client.create(widgets, widget('next'));
    expect(Number(next.metadata.resourceVersion)).toBeGreaterThan(Number(later.metadata.resourceVersion));
    await stop();
    // Nothing else is left beside it.
    const there = (await readdir(directory.path)).filter((name) => name.startsWith('apiserver.'));
    expect(there).toEqual(['apiserver.before-20260304T050607Z']);
    await start();
  });

  it('into an empty place has revisions that nobody can have seen, and a Lease that nobody holds', async () => {
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'leader' },
      spec: { holderIdentity: 'me', leaseTransitions: 7 },
    };
    const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
    await client.create(leases, lease);
    const { file, revision } = await backUp();
    await stop();
    stateDir = join(directory.path, 'another');
    expect((await restore(file)).aside).toBeUndefined();
    await start();
    expect((await client.get(`${leases}/leader`)).body.spec).toEqual({ holderIdentity: '', leaseTransitions: 7 });
    const { body } = await client.create(widgets, widget('next'));
    expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(revision + 999_999_999);
  });

  it('into the place of a damaged database', async () => {
    await client.create(widgets, widget('kept'));
    const { file } = await backUp();
    await stop();
    await writeFile(join(stateDir, 'objects.db'), 'not a database at all'.repeat(1000));
    await restore(file);
    await start();
    expect(await names()).toEqual(['kept']);
  });

  it('is refused while a server serves there', async () => {
    const { file } = await backUp();
    await expect(restore(file)).rejects.toMatchObject({
      code: 'StateLocked',
      message: expect.stringContaining('is in use by another process'),
    });
    expect((await client.create(widgets, widget('still'))).code).toBe(201);
    expect(await readdir(directory.path)).toEqual(expect.not.arrayContaining([expect.stringContaining('restoring')]));
  });

  it.each([
    {
      what: 'that is cut off',
      spoil: async (file: string) => truncate(file, (await stat(file)).size - 8192),
      says: /cannot be restored: .*(damaged|malformed)/,
    },
    {
      what: 'with a byte changed in an object',
      spoil: (file: string) => edit(file, "UPDATE objects SET body = replace(body, '{', '[')"),
      says: /cannot be restored: .* is no JSON$/,
    },
    {
      what: 'with another number in an object',
      spoil: (file: string) => edit(file, `UPDATE objects SET body = replace(body, '"size":3', '"size":4')`),
      says: /cannot be restored: widgets\.test\.io default\/kept is damaged$/,
    },
    {
      what: 'that is a bare database',
      spoil: (file: string) => edit(file, 'DROP TABLE backup'),
      says: /cannot be restored: it is none: make one with `virtrigaud backup FILE`$/,
    },
    {
      what: 'without its token',
      spoil: (file: string) => edit(file, "DELETE FROM backup WHERE name = 'token'"),
      says: /cannot be restored: token is not in it$/,
    },
    {
      what: 'of a later version',
      spoil: (file: string) => edit(file, 'PRAGMA user_version = 99'),
      says: /has format 99, and this version/,
    },
    {
      what: 'that is some file',
      spoil: (file: string) => writeFile(file, 'hello'),
      says: /cannot be restored/,
    },
  ])('is refused $what, and nothing is touched', async ({ spoil, says }) => {
    await client.create(widgets, widget('kept'));
    const { file } = await backUp();
    await spoil(file);
    await stop();
    const before = await contents();
    await expect(restore(file)).rejects.toThrow(says);
    expect(await contents()).toEqual(before);
    expect((await readdir(directory.path)).sort()).toEqual(['apiserver', 'kept.backup']);
    await start();
  });
});

async function contents(): Promise<readonly string[]> {
  const files = (await readdir(stateDir)).filter((name) => !name.endsWith('-shm')).sort();
  return Promise.all(files.map(async (name) => `${name} ${hashOf(await readFile(join(stateDir, name)))}`));
}

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function edit(file: string, sql: string): Promise<void> {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}
