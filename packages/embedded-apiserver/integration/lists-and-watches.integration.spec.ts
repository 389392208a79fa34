import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestEvent } from '../src/testing/api-client.ts';
import { startServer, widget, widgets } from './with-server.ts';
import type { Running } from './with-server.ts';

const historyLength = 20;
const watchBufferBytes = 256 * 1024;
let running: Running;
beforeAll(async () => {
  running = await startServer({ tuning: { historyLength, watchBufferBytes, bookmarkIntervalMs: 50 } });
});
afterAll(() => running.stop());

const namesOf = (items: readonly { readonly metadata: { readonly name: string } }[]) =>
  items.map((item) => item.metadata.name);
const short = (event: TestEvent | undefined) => `${event?.type} ${event?.object.metadata.name}`;

async function makeNamespace(name: string): Promise<string> {
  const { code } = await running.client.create('/api/v1/namespaces', { metadata: { name } });
  expect(code).toBe(201);
  return `/apis/test.io/v1/namespaces/${name}/widgets`;
}

async function fill(path: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const labels = { name, parity: Number(name.slice(1)) % 2 === 0 ? 'even' : 'odd' };
    expect((await running.client.create(path, widget(name, {}, { labels }))).code).toBe(201);
  }
}

describe('lists', () => {
  it('pages through one consistent state, whatever changes meanwhile', async () => {
    const { client } = running;
    const path = await makeNamespace('paged');
    await fill(path, ['a1', 'a2', 'a3', 'a4', 'a5']);
    const { body: first } = await client.get(`${path}?limit=2`);
    expect(namesOf(first.items)).toEqual(['a1', 'a2']);
    expect(first.metadata.remainingItemCount).toBe(3);
    await client.remove(`${path}/a3`);
    await fill(path, ['a0', 'a6']);
    await client.patch(`${path}/a4`, { spec: { size: 50 } });
    const { body: second } = await client.get(`${path}?limit=2&continue=${first.metadata.continue}`);
    expect(namesOf(second.items)).toEqual(['a3', 'a4']);
    expect(second.items[1].spec.size).toBe(3);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    const { body: third } = await client.get(`${path}?limit=2&continue=${second.metadata.continue}`);
    expect(namesOf(third.items)).toEqual(['a5']);
    expect(third.metadata.continue).toBeUndefined();
  });

  it('answers 410 to a continue token and to an exact revision that history no longer reaches', async () => {
    const { client } = running;
    const path = await makeNamespace('forgotten');
    await fill(path, ['a1', 'a2']);
    const { body: first } = await client.get(`${path}?limit=1`);
    for (let size = 1; size <= historyLength * 2; size += 1) await client.patch(`${path}/a1`, { spec: { size } });
    const next = await client.get(`${path}?limit=1&continue=${first.metadata.continue}`);
    expect(next.code).toBe(410);
    expect(next.body.reason).toBe('Expired');
    const revision = first.metadata.resourceVersion;
    expect((await client.get(`${path}?resourceVersion=${revision}&resourceVersionMatch=Exact`)).code).toBe(410);
    expect((await client.get(`${path}?resourceVersion=${revision}&resourceVersionMatch=NotOlderThan`)).code).toBe(200);
  });

  it.each([
    ['labelSelector=parity%3Deven', ['s2', 's4']],
    ['labelSelector=parity%21%3Deven', ['s1', 's3']],
    ['labelSelector=parity+in+(odd),name+notin+(s1)', ['s3']],
    ['labelSelector=parity,!absent', ['s1', 's2', 's3', 's4']],
    ['fieldSelector=metadata.name%3Ds3', ['s3']],
    ['fieldSelector=metadata.name!%3Ds3,metadata.namespace%3Dselected&labelSelector=parity%3Dodd', ['s1']],
  ])('selects by %s', async (query, expected) => {
    const exists = (await running.client.get('/api/v1/namespaces/selected')).code === 200;
    const path = exists ? '/apis/test.io/v1/namespaces/selected/widgets' : await makeNamespace('selected');
    await fill(path, exists ? [] : ['s1', 's2', 's3', 's4']);
    const { body } = await running.client.get(`${path}?${query}`);
    expect(namesOf(body.items)).toEqual(expected);
  });

  it.each([
    'fieldSelector=spec.size%3D3',
    'labelSelector=a%20b%20c',
    'limit=many',
    'continue=nonsense',
    'resourceVersion=abc',
  ])('refuses %s with 400', async (query) => {
    expect((await running.client.get(`${widgets}?${query}`)).code).toBe(400);
  });

  it('refuses a revision of the future', async () => {
    const { code, body } = await running.client.get(`${widgets}?resourceVersion=999999999`);
    expect(code).toBe(504);
    expect(body.details.causes[0].reason).toBe('ResourceVersionTooLarge');
  });

  it('makes tables, with ages and without objects if asked', async () => {
    const path = await makeNamespace('tables');
    await fill(path, ['a1']);
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const { body } = await running.client.get(path, { accept });
    expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    expect(body.columnDefinitions.map((column: { name: string }) => column.name)).toEqual([
      'Name',
      'Size',
      'Ready',
      'Note',
      'Age',
    ]);
    expect(body.rows[0].cells).toEqual(['a1', 3, null, null, expect.stringMatching(/^\d+s$/)]);
    expect(body.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a1' } });
    const { body: bare } = await running.client.get(`${path}?includeObject=None`, { accept });
    expect(bare.rows[0].object).toBeUndefined();
  });
});

describe('watches', () => {
  it('resume from the revision of a list, in order and without gaps', async () => {
    const { client } = running;
    const path = await makeNamespace('resumed');
    await fill(path, ['a1']);
    const { body: list } = await client.get(path);
    await client.patch(`${path}/a1`, { spec: { size: 5 } });
    await fill(path, ['a2']);
    const watch = await client.watch(`${path}?watch=1&resourceVersion=${list.metadata.resourceVersion}`);
    await client.remove(`${path}/a1`);
    const events = await watch.take(3);
    expect(events.map(short)).toEqual(['MODIFIED a1', 'ADDED a2', 'DELETED a1']);
    const revisions = events.map((event) => Number(event.object.metadata.resourceVersion));
    expect(revisions).toEqual([...revisions].sort((left, right) => left - right));
    watch.response.destroy();
  });

  it('begin with the state when no revision is named', async () => {
    const path = await makeNamespace('stateful');
    await fill(path, ['a1', 'a2']);
    const watch = await running.client.watch(`${path}?watch=true`);
    expect((await watch.take(2)).map(short)).toEqual(['ADDED a1', 'ADDED a2']);
    watch.response.destroy();
  });

  it('end the initial state with a marked bookmark, as kubectl wait wants it', async () => {
    const path = await makeNamespace('initial');
    await fill(path, ['a1']);
    const watch = await running.client.watch(
      `${path}?allowWatchBookmarks=true&fieldSelector=metadata.name%3Da1&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&watch=true`,
    );
    const [added, bookmark] = await watch.take(2);
    expect(short(added)).toBe('ADDED a1');
    expect(bookmark?.type).toBe('BOOKMARK');
    expect(bookmark?.object).toMatchObject({
      kind: 'Widget',
      apiVersion: 'test.io/v1',
      metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
    });
    watch.response.destroy();
  });

  it('send bookmarks with the newest revision when nothing of theirs happens', async () => {
    const path = await makeNamespace('quiet');
    const watch = await running.client.watch(`${path}?watch=1&allowWatchBookmarks=true`);
    const { body } = await running.client.create('/api/v1/namespaces/quiet/configmaps', {
      metadata: { name: 'other' },
    });
    for (;;) {
      const event = await watch.next();
      expect(event?.type).toBe('BOOKMARK');
      if (Number(event?.object.metadata.resourceVersion) >= Number(body.metadata.resourceVersion)) break;
    }
    watch.response.destroy();
  });

  it('show objects that enter and leave a selection as added and deleted', async () => {
    const { client } = running;
    const path = await makeNamespace('moving');
    await fill(path, ['a1']);
    const { body: list } = await client.get(path);
    const from = list.metadata.resourceVersion;
    const watch = await client.watch(`${path}?watch=1&resourceVersion=${from}&labelSelector=stage%3Dlive`);
    await client.patch(`${path}/a1`, { metadata: { labels: { stage: 'live' } } });
    await client.patch(`${path}/a1`, { spec: { size: 7 } });
    await client.patch(`${path}/a1`, { metadata: { labels: { stage: 'done' } } });
    const events = await watch.take(3);
    expect(events.map(short)).toEqual(['ADDED a1', 'MODIFIED a1', 'DELETED a1']);
    expect(events[2]?.object.metadata.labels.stage).toBe('live');
    const [, changed, left] = events.map((event) => Number(event.object.metadata.resourceVersion));
    expect(left).toBeGreaterThan(changed ?? 0);
    watch.response.destroy();
  });

  it('end after timeoutSeconds', async () => {
    const watch = await running.client.watch(`${widgets}?watch=1&timeoutSeconds=1&resourceVersion=0`);
    for (let event = await watch.next(); event; event = await watch.next()) expect(event.type).toBe('ADDED');
    expect(watch.response.complete).toBe(true);
  });

  it('answer an ERROR 410 to a revision that history no longer reaches', async () => {
    const { client } = running;
    const path = await makeNamespace('compacted');
    await fill(path, ['a1']);
    const { body: list } = await client.get(path);
    for (let size = 1; size <= historyLength * 2; size += 1) await client.patch(`${path}/a1`, { spec: { size } });
    const watch = await client.watch(`${path}?watch=1&resourceVersion=${list.metadata.resourceVersion}`);
    const error = await watch.next();
    expect(error).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
    expect(await watch.next()).toBeUndefined();
  });

  it('show tables row by row, with headers once', async () => {
    const path = await makeNamespace('rows');
    await fill(path, ['a1', 'a2']);
    const watch = await running.client.watch(`${path}?watch=1`, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    });
    const [first, second] = await watch.take(2);
    expect(first?.object).toMatchObject({
      kind: 'Table',
      rows: [{ cells: ['a1', 3, null, null, expect.any(String)] }],
    });
    expect(first?.object.columnDefinitions).toHaveLength(5);
    expect(second?.object.columnDefinitions).toEqual([]);
    watch.response.destroy();
  });

  it('end with 410 when their reader is too slow, and keep no more than the limit', async () => {
    const { client } = running;
    const path = await makeNamespace('slow');
    const watch = await client.watch(`${path}?watch=1`);
    watch.response.pause();
    const note = 'x'.repeat(200_000);
    // Enough to fill the buffers of both sockets and then ours.
    for (let index = 0; index < 60; index += 1) {
      expect((await client.create(path, widget(`big-${index}`, { free: { note } }))).code).toBe(201);
    }
    const events: TestEvent[] = [];
    for (let event = await watch.next(); event; event = await watch.next()) events.push(event);
    expect(events.length).toBeLessThan(60);
    expect(events.at(-1)).toMatchObject({ type: 'ERROR', object: { code: 410 } });
  });
});
