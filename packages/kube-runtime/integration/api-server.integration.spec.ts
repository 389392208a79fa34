import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  addFinalizer,
  createController,
  createEventRecorder,
  createInformer,
  createLeaderElector,
  createTransport,
  isAlreadyExists,
  isConflict,
  isNotFound,
  leaseResource,
  objectKey,
  patchStatusIfChanged,
  removeFinalizer,
  resource,
} from '../src/index.ts';
import type {
  Informer,
  KubeConfig,
  KubeObject,
  Leadership,
  ObjectKey,
  ResourceClient,
  Transport,
} from '../src/index.ts';
import { eventually } from './eventually.ts';
import { startApiServer } from './with-api-server.ts';
import type { TestApiServer } from './with-api-server.ts';

interface Widget extends KubeObject {
  readonly spec: { readonly size: number };
  readonly status?: { readonly phase?: string; readonly size?: number };
}

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const widgetSchema = {
  type: 'object',
  properties: {
    spec: { type: 'object', required: ['size'], properties: { size: { type: 'integer', minimum: 1 } } },
    status: { type: 'object', properties: { phase: { type: 'string' }, size: { type: 'integer' } } },
  },
};

const widgetCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.kube-runtime.test' },
  spec: {
    group: 'kube-runtime.test',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: widgetSchema },
        subresources: { status: {} },
      },
    ],
  },
};

const widgets = { group: 'kube-runtime.test', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true };
const configMaps = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
const namespaces = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false };
const events = { group: '', version: 'v1', plural: 'events', kind: 'Event', namespaced: true };

describe('kube-runtime against an API server', () => {
  let server: TestApiServer;
  let transport: Transport;
  let client: ResourceClient<Widget>;
  let namespace: string;
  let stop: AbortController;
  let running: Promise<unknown>[];

  beforeAll(async () => {
    server = await startApiServer([widgetCrd]);
    transport = createTransport(server.config, { userAgent: 'kube-runtime-test', qps: 0 });
    client = resource<Widget>(transport, widgets);
  });

  afterAll(async () => {
    await transport.close();
    await server.stop();
  });

  beforeEach(async () => {
    stop = new AbortController();
    running = [];
    const metadata = { generateName: 'kube-runtime-' };
    const made = await resource(transport, namespaces).create({ apiVersion: 'v1', kind: 'Namespace', metadata });
    namespace = made.metadata.name;
  });

  afterEach(async () => {
    stop.abort();
    await Promise.all(running);
    await resource(transport, namespaces).delete(objectKey({ name: namespace }));
  });

  function create(name: string, size = 1, finalizers: readonly string[] = []): Promise<Widget> {
    const metadata = { namespace, name, finalizers };
    return client.create({ apiVersion: 'kube-runtime.test/v1', kind: 'Widget', metadata, spec: { size } });
  }

  function follow(): Informer<Widget> {
    const informer = createInformer({
      client,
      namespace,
      indexes: { size: ({ spec }) => [String(spec.size)] },
      pageSize: 3,
    });
    running.push(informer.start(stop.signal));
    return informer;
  }

  function keyOf(name: string): ObjectKey {
    return objectKey({ namespace, name });
  }

  it('creates, reads, replaces, patches and deletes', async () => {
    const made = await create('a');
    expect(made).toMatchObject({
      kind: 'Widget',
      metadata: { uid: expect.any(String), generation: 1 },
      spec: { size: 1 },
    });
    await expect(client.get(keyOf('a'))).resolves.toEqual(made);
    const replaced = await client.replace({ ...made, spec: { size: 2 } });
    expect(replaced.metadata.generation).toBe(2);
    const patched = await client.mergePatch(keyOf('a'), { spec: { size: 3 } }, { fieldManager: 'test' });
    expect(patched.spec.size).toBe(3);
    await client.delete(keyOf('a'), { preconditions: { uid: made.metadata.uid } });
    expect(isNotFound(await failureOf(client.get(keyOf('a'))))).toBe(true);
  });

  it.each([
    { because: 'its authority is unknown', change: { ca: undefined }, says: /certificate/ },
    { because: 'it bears another name', change: { servername: 'other.test' }, says: /altnames/ },
  ])('sends nothing to a server that it cannot trust: $because', async ({ change, says }) => {
    const credentials = async (): ReturnType<KubeConfig['credentials']> => {
      return { ...(await server.config.credentials()), ...change };
    };
    const wary = createTransport({ ...server.config, credentials }, { userAgent: 'kube-runtime-test' });
    const failure = await failureOf(wary.request({ method: 'GET', path: '/version' }));
    expect(failure).toMatchObject({ code: 'Unreachable', sent: false, message: expect.stringMatching(says) });
    await wary.close();
  });

  it('tells refusals apart', async () => {
    const old = await create('a');
    const uid = '00000000-0000-4000-8000-000000000000';
    await client.mergePatch(keyOf('a'), { spec: { size: 2 } });
    const { resourceVersion } = old.metadata;
    expect(isAlreadyExists(await failureOf(create('a')))).toBe(true);
    expect(isConflict(await failureOf(client.replace({ ...old, spec: { size: 5 } })))).toBe(true);
    const stale = client.mergePatch(keyOf('a'), { spec: { size: 5 } }, { preconditions: { resourceVersion } });
    expect(isConflict(await failureOf(stale))).toBe(true);
    const other = client.mergePatch(keyOf('a'), { spec: { size: 5 } }, { preconditions: { uid } });
    expect(isConflict(await failureOf(other))).toBe(true);
    expect(isConflict(await failureOf(client.delete(keyOf('a'), { preconditions: { uid } })))).toBe(true);
    const bad = await failureOf(client.mergePatch(keyOf('a'), { spec: { size: 0 } }));
    expect(bad).toMatchObject({ status: 422, reason: 'Invalid', causes: [{ field: 'spec.size' }] });
    await expect(client.get(keyOf('a'))).resolves.toMatchObject({ spec: { size: 2 } });
  });

  it('reads a list page by page, all of one moment', async () => {
    for (let n = 0; n < 7; n += 1) await create(`w${n}`);
    const sizes: number[] = [];
    for await (const page of client.pages({ namespace, pageSize: 3 })) sizes.push(page.items.length);
    expect(sizes).toEqual([3, 3, 1]);
    const { items } = await client.list({ namespace, pageSize: 2 });
    expect(items.map((item) => item.metadata.name)).toEqual(['w0', 'w1', 'w2', 'w3', 'w4', 'w5', 'w6']);
  });

  it('names the kind of objects in lists of built-in kinds, too', async () => {
    const maps = resource<ConfigMap>(transport, configMaps);
    const metadata = { namespace, name: 'settings', labels: { app: 'x' } };
    await maps.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'b' } });
    const { items } = await maps.list({ namespace, labelSelector: 'app=x' });
    expect(items).toMatchObject([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { a: 'b' } },
    ]);
  });

  it('follows what happens to a resource', async () => {
    for (let n = 0; n < 5; n += 1) await create(`w${n}`);
    const informer = follow();
    const seen: string[] = [];
    informer.subscribe(({ type, object }) => seen.push(`${type} ${object.metadata.name}`));
    await informer.synced;
    expect(informer.store.size).toBe(5);
    await create('new', 7);
    await client.mergePatch(keyOf('w1'), { spec: { size: 7 } });
    await client.delete(keyOf('w2'));
    await eventually('all has arrived', () => seen.length === 8);
    expect(seen.slice(5)).toEqual(['added new', 'modified w1', 'deleted w2']);
    const sevens = informer.store.byIndex('size', '7').map((widget) => widget.metadata.name);
    expect(sevens.sort()).toEqual(['new', 'w1']);
    expect(informer.store.get(keyOf('new'))?.metadata).not.toHaveProperty('managedFields');
  });

  it('serves own writes until the watch shows them, and no ghost of what is deleted', async () => {
    const informer = follow();
    await informer.synced;
    const made = await create('a', 1, ['kube-runtime.test/hold']);
    informer.store.overlay(made);
    expect(informer.store.get(keyOf('a'))?.spec.size).toBe(1);
    await eventually('the watch has caught up', () => informer.store.fresh(keyOf('a')));
    await client.delete(keyOf('a'));
    const dying = await client.get(keyOf('a'));
    const seen = new Promise<void>((resolve) => {
      informer.subscribe(({ type }) => type === 'deleted' && resolve());
    });
    const last = await removeFinalizer(client, dying, { finalizer: 'kube-runtime.test/hold' });
    expect(last.metadata.resourceVersion).toBe(dying.metadata.resourceVersion);
    informer.store.overlayDeletion(last);
    expect(informer.store.get(keyOf('a'))).toBeUndefined();
    await seen;
    informer.store.overlay(last);
    expect(informer.store.get(keyOf('a'))).toBeUndefined();
    expect(informer.store.fresh(keyOf('a'))).toBe(true);
  });

  it('writes a status without the spec, and only when it differs', async () => {
    const made = await create('a');
    const first = await patchStatusIfChanged(client, made, { status: { phase: 'Ready', size: 1 } });
    expect(first).toMatchObject({
      spec: { size: 1 },
      status: { phase: 'Ready', size: 1 },
      metadata: { generation: 1 },
    });
    await expect(patchStatusIfChanged(client, first, { status: { phase: 'Ready', size: 1 } })).resolves.toBe(first);
    const second = await patchStatusIfChanged(client, first, { status: { phase: 'Ready' } });
    expect(second.status).toEqual({ phase: 'Ready' });
    expect(isConflict(await failureOf(patchStatusIfChanged(client, first, { status: { phase: 'Old' } })))).toBe(true);
  });

  it('reconciles: finalizer, status, deletion', async () => {
    const finalizer = 'kube-runtime.test/hold';
    const informer = follow();
    const controller = createController({
      name: 'widget',
      reconcile: async (key, { signal }) => {
        const widget = informer.store.get(key);
        if (widget === undefined) return { kind: 'done' };
        if (widget.metadata.deletionTimestamp !== undefined) {
          await removeFinalizer(client, widget, { finalizer, signal });
          return { kind: 'done' };
        }
        const held = await addFinalizer(client, widget, { finalizer, signal });
        informer.store.overlay(await patchStatusIfChanged(client, held, { status: { phase: 'Ready' }, signal }));
        return { kind: 'done' };
      },
    });
    informer.subscribe(({ object }) => controller.enqueue(objectKey(object.metadata)));
    running.push(controller.start(stop.signal));
    await informer.synced;
    await create('a');
    const phase = (): string | undefined => informer.store.get(keyOf('a'))?.status?.phase;
    await eventually('it is ready', () => phase() === 'Ready');
    expect((await client.get(keyOf('a'))).metadata.finalizers).toEqual([finalizer]);
    await client.delete(keyOf('a'));
    await eventually('it is gone', () => informer.store.get(keyOf('a')) === undefined);
    expect(isNotFound(await failureOf(client.get(keyOf('a'))))).toBe(true);
  });

  it('records events, and counts repetitions', async () => {
    const recorder = createEventRecorder(transport, { component: 'kube-runtime-test', host: 'here' });
    const widget = await create('a');
    recorder.event(widget, { type: 'Normal', reason: 'Made', message: 'It was made' });
    await recorder.flush();
    recorder.event(widget, { type: 'Normal', reason: 'Made', message: 'It was made' });
    await recorder.flush();
    const fieldSelector = `involvedObject.uid=${widget.metadata.uid}`;
    const { items } = await resource(transport, events).list({ namespace, fieldSelector });
    expect(items).toMatchObject([
      {
        reason: 'Made',
        count: 2,
        involvedObject: { kind: 'Widget', name: 'a' },
        source: { component: 'kube-runtime-test' },
      },
    ]);
  });

  it('elects one leader, then the next with a higher term', async () => {
    const leases: Leadership[] = [];
    const lead = async (lease: Leadership): Promise<void> => {
      leases.push(lease);
      await new Promise((resolve) => lease.signal.addEventListener('abort', resolve));
    };
    const stops = ['a', 'b'].map((identity) => {
      const own = new AbortController();
      const elector = createLeaderElector({
        client: resource(transport, leaseResource),
        namespace,
        name: 'boss',
        identity,
        leaseDurationMs: 3_000,
        renewDeadlineMs: 2_000,
        retryMs: 100,
      });
      running.push(elector.run({ onStartedLeading: lead }, AbortSignal.any([own.signal, stop.signal])));
      return { identity, own };
    });
    await eventually('one leads', () => leases.length === 1);
    await expect(leases[0]?.raiseTermAbove(41)).resolves.toBe(42);
    const held = await resource(transport, leaseResource).get(objectKey({ namespace, name: 'boss' }));
    stops.find(({ identity }) => identity === held.spec?.holderIdentity)?.own.abort();
    await eventually('the other leads', () => leases.length === 2);
    expect(leases[1]?.term).toBe(43);
    expect(leases[0]?.remainingMs()).toBe(0);
  });
});

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}
