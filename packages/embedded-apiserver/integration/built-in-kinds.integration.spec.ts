import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startServer, widget } from './with-server.ts';
import type { Running } from './with-server.ts';

let running: Running;
beforeAll(async () => {
  running = await startServer();
});
afterAll(() => running.stop());

const secrets = '/api/v1/namespaces/default/secrets';
const configMaps = '/api/v1/namespaces/default/configmaps';
const events = '/api/v1/namespaces/default/events';
const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';

describe('namespaces', () => {
  it('default and kube-system are there and stay', async () => {
    const { body } = await running.client.get('/api/v1/namespaces');
    expect(body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual([
      'default',
      'kube-system',
    ]);
    const { code, body: refusal } = await running.client.remove('/api/v1/namespaces/kube-system');
    expect(code).toBe(403);
    expect(refusal.message).toBe('namespaces "kube-system" is forbidden: this namespace may not be deleted');
  });

  it('carry their name as a label, whatever is written', async () => {
    const { client } = running;
    const { body } = await client.create('/api/v1/namespaces', { metadata: { name: 'named' } });
    expect(body.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': 'named' });
    const { body: changed } = await client.patch('/api/v1/namespaces/named', { metadata: { labels: null } });
    expect(changed.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': 'named' });
  });

  it('end with all that is in them, and take nothing new meanwhile', async () => {
    const { client } = running;
    const inside = '/apis/test.io/v1/namespaces/ending/widgets';
    await client.create('/api/v1/namespaces', { metadata: { name: 'ending' } });
    await client.create(inside, widget('free'));
    await client.create(inside, widget('held', {}, { finalizers: ['test.io/held'] }));
    const { body } = await client.remove('/api/v1/namespaces/ending');
    expect(body.status.phase).toBe('Terminating');
    expect((await client.get(`${inside}/free`)).code).toBe(404);
    expect((await client.get(`${inside}/held`)).body.metadata.deletionTimestamp).toBeDefined();
    const late = await client.create(inside, widget('late'));
    expect(late.code).toBe(403);
    expect(late.body.details.causes[0].reason).toBe('NamespaceTerminating');
    await client.patch(`${inside}/held`, { metadata: { finalizers: null } });
    expect((await client.get('/api/v1/namespaces/ending')).code).toBe(404);
  });

  it('go when their own last finalizer does', async () => {
    const { client } = running;
    await client.create('/api/v1/namespaces', { metadata: { name: 'final', finalizers: ['test.io/x'] } });
    await client.remove('/api/v1/namespaces/final');
    expect((await client.get('/api/v1/namespaces/final')).body.status.phase).toBe('Terminating');
    await client.patch('/api/v1/namespaces/final', { metadata: { finalizers: null } });
    expect((await client.get('/api/v1/namespaces/final')).code).toBe(404);
  });
});

describe('Secrets and ConfigMaps', () => {
  it('encode stringData, keep the type, and default it', async () => {
    const { client } = running;
    const { body } = await client.create(secrets, { metadata: { name: 's' }, stringData: { a: 'hello' } });
    expect(body).toMatchObject({ type: 'Opaque', data: { a: 'aGVsbG8=' } });
    expect(body.stringData).toBeUndefined();
    const retyped = await client.patch(`${secrets}/s`, { type: 'other' });
    expect(retyped.body.message).toBe('Secret "s" is invalid: type: Invalid value: "other": field is immutable');
  });

  it('take the strategic patch that kubectl apply sends, and refuse one that a merge patch cannot say', async () => {
    const { client } = running;
    await client.create(secrets, { metadata: { name: 'applied' }, stringData: { a: 'one', b: 'two' } });
    const type = 'application/strategic-merge-patch+json';
    const { body } = await client.patch(`${secrets}/applied`, { stringData: { a: 'new' }, data: { b: null } }, type);
    expect(body.data).toEqual({ a: 'bmV3' });
    expect((await client.patch(`${secrets}/applied`, { data: { $patch: 'replace' } }, type)).code).toBe(415);
    expect((await client.patch(`${secrets}/applied`, { metadata: { finalizers: ['a/b'] } }, type)).code).toBe(415);
  });

  it.each([
    { because: 'data is no base64', path: secrets, object: { data: { a: '***' } }, code: 422 },
    { because: 'a key is no key', path: configMaps, object: { data: { 'a b': 'x' } }, code: 422 },
    { because: 'a value has the wrong type', path: configMaps, object: { data: { a: 1 } }, code: 400 },
  ])('refuse what is wrong because $because', async ({ path, object, code }) => {
    expect((await running.client.create(path, { metadata: { name: 'wrong' }, ...object })).code).toBe(code);
  });

  it('stay as they are once immutable', async () => {
    const { client } = running;
    await client.create(configMaps, { metadata: { name: 'still' }, data: { a: 'x' }, immutable: true });
    expect((await client.patch(`${configMaps}/still`, { data: { a: 'y' } })).code).toBe(422);
    expect((await client.patch(`${configMaps}/still`, { immutable: false })).code).toBe(422);
    expect((await client.patch(`${configMaps}/still`, { metadata: { labels: { a: 'b' } } })).code).toBe(200);
  });

  it('take an update without a resourceVersion, as Kubernetes does for them', async () => {
    const { client } = running;
    await client.create(configMaps, { metadata: { name: 'blind' }, data: { a: 'x' } });
    const { code, body } = await client.replace(`${configMaps}/blind`, {
      metadata: { name: 'blind' },
      data: { b: 'y' },
    });
    expect(code).toBe(200);
    expect(body.data).toEqual({ b: 'y' });
  });
});

describe('Events and Leases', () => {
  const event = (name: string, uid: string) => ({
    metadata: { name },
    involvedObject: { kind: 'Widget', namespace: 'default', name: 'w', uid },
    reason: 'Tested',
    message: 'It was tested.',
    type: 'Normal',
    source: { component: 'test' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:00Z',
    count: 1,
  });

  it('select Events by what they are about, as kubectl describe does', async () => {
    const { client } = running;
    await client.create(events, event('e1', 'one'));
    await client.create(events, event('e2', 'two'));
    const query = 'fieldSelector=involvedObject.uid%3Dtwo,involvedObject.name%3Dw,involvedObject.kind%3DWidget';
    const { body, headers } = await client.get(`${events}?${query}`, {
      accept: 'application/vnd.kubernetes.protobuf,application/json',
    });
    expect(headers['content-type']).toBe('application/json');
    expect(body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['e2']);
  });

  it('refuse an Event about another namespace', async () => {
    const foreign = { ...event('e3', 'x'), involvedObject: { kind: 'Widget', namespace: 'other', name: 'w' } };
    expect((await running.client.create(events, foreign)).code).toBe(422);
  });

  it('let one of two writers take a Lease', async () => {
    const { client } = running;
    const { body } = await client.create(leases, { metadata: { name: 'lead' }, spec: { holderIdentity: '' } });
    const takes = await Promise.all(
      ['a', 'b'].map((holderIdentity) => client.replace(`${leases}/lead`, { ...body, spec: { holderIdentity } })),
    );
    expect(takes.map((take) => take.code).sort()).toEqual([200, 409]);
    expect((await client.replace(`${leases}/lead`, { metadata: { name: 'lead' }, spec: {} })).code).toBe(422);
  });
});

describe('CustomResourceDefinitions', () => {
  const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

  it('are shown as established', async () => {
    const { body } = await running.client.get(`${crds}/widgets.test.io`);
    expect(body.status.conditions).toContainEqual(expect.objectContaining({ type: 'Established', status: 'True' }));
  });

  it('cannot be made at run time: 405', async () => {
    const { code, body } = await running.client.create(crds, { metadata: { name: 'x.test.io' } });
    expect(code).toBe(405);
    expect(body.message).toContain('given to this server at start');
  });
});
