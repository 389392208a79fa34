import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startServer, widget, widgets } from './with-server.ts';
import type { Running } from './with-server.ts';

let running: Running;
beforeAll(async () => {
  running = await startServer();
});
afterAll(() => running.stop());

describe('writing custom kinds', () => {
  it('completes a new object: defaults, identity, generation 1, no status', async () => {
    const { code, body } = await running.client.create(widgets, {
      ...widget('first', { parts: [{ name: 'a' }] }),
      status: { bound: true },
    });
    expect(code).toBe(201);
    expect(body.spec).toEqual({ size: 3, color: 'red', parts: [{ name: 'a', count: 1 }] });
    expect(body.metadata).toMatchObject({ name: 'first', namespace: 'default', generation: 1 });
    expect(body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(body.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(body.status).toBeUndefined();
  });

  it('names objects by generateName', async () => {
    const { body } = await running.client.create(widgets, {
      ...widget('', {}, { name: undefined, generateName: 'gen-' }),
    });
    expect(body.metadata.name).toMatch(/^gen-[a-z0-9]{5}$/);
  });

  it('refuses a name that is taken, with 409 AlreadyExists', async () => {
    await running.client.create(widgets, widget('taken'));
    const { code, body } = await running.client.create(widgets, widget('taken'));
    expect(code).toBe(409);
    expect(body).toMatchObject({
      kind: 'Status',
      reason: 'AlreadyExists',
      message: 'widgets.test.io "taken" already exists',
      details: { name: 'taken', group: 'test.io', kind: 'widgets' },
    });
  });

  it('refuses an object in a namespace that is not there, with 404', async () => {
    const { code, body } = await running.client.create('/apis/test.io/v1/namespaces/nowhere/widgets', widget('x'));
    expect(code).toBe(404);
    expect(body.message).toBe('namespaces "nowhere" not found');
  });

  it.each([
    {
      because: 'a number is out of range',
      spec: { size: 101 },
      message: 'spec.size: Invalid value: 101: spec.size in body should be less than or equal to 100',
      cause: { reason: 'FieldValueInvalid', field: 'spec.size' },
    },
    {
      because: 'a type is wrong',
      spec: { size: 'large' },
      message: 'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
      cause: { reason: 'FieldValueTypeInvalid', field: 'spec.size' },
    },
    {
      because: 'a field is missing',
      spec: { size: undefined },
      message: 'spec.size: Required value',
      cause: { reason: 'FieldValueRequired', field: 'spec.size' },
    },
    {
      because: 'a value is not in the enum',
      spec: { color: 'blue' },
      message: 'spec.color: Unsupported value: "blue": supported values: "red", "green"',
      cause: { reason: 'FieldValueNotSupported', field: 'spec.color' },
    },
    {
      because: 'a text is too long',
      spec: { note: 'abcdefghijk' },
      message: 'spec.note: Too long: may not be more than 10 bytes',
      cause: { reason: 'FieldValueTooLong', field: 'spec.note' },
    },
    {
      because: 'a pattern does not match',
      spec: { note: 'A' },
      message: `spec.note: Invalid value: "A": spec.note in body should match '^[a-z ]*$'`,
      cause: { reason: 'FieldValueInvalid', field: 'spec.note' },
    },
    {
      because: 'a list is too long',
      spec: { tags: ['a', 'b', 'c', 'd'] },
      message: 'spec.tags: Too many: 4: must have at most 3 items',
      cause: { reason: 'FieldValueTooMany', field: 'spec.tags' },
    },
    {
      because: 'a set repeats itself',
      spec: { tags: ['a', 'a'] },
      message: 'spec.tags[1]: Duplicate value: "a"',
      cause: { reason: 'FieldValueDuplicate', field: 'spec.tags[1]' },
    },
    {
      because: 'a map list repeats a key',
      spec: { parts: [{ name: 'a' }, { name: 'a' }] },
      message: 'spec.parts[1]: Duplicate value: {"name":"a"}',
      cause: { reason: 'FieldValueDuplicate', field: 'spec.parts[1]' },
    },
    {
      because: 'a rule over several fields is broken',
      spec: { parts: [{ name: 'a', count: 9 }] },
      message: 'spec: Invalid value: no part may exceed the size',
      cause: { reason: 'FieldValueInvalid', field: 'spec' },
    },
  ])('refuses an object with 422 because $because', async ({ spec, message, cause }) => {
    const { code, body } = await running.client.create(widgets, widget('bad', spec));
    expect(code).toBe(422);
    expect(body.reason).toBe('Invalid');
    expect(body.message).toContain('Widget.test.io "bad" is invalid: ');
    expect(body.message).toContain(message);
    expect(body.details.causes).toContainEqual(expect.objectContaining(cause));
  });

  it('refuses names and labels that Kubernetes refuses', async () => {
    const { code, body } = await running.client.create(widgets, widget('Bad_Name', {}, { labels: { ok: 'not ok!' } }));
    expect(code).toBe(422);
    const fields = body.details.causes.map((cause: { field: string }) => cause.field);
    expect(fields).toEqual(['metadata.name', 'metadata.labels']);
  });

  it('refuses unknown and duplicate fields under Strict, with 400 and their paths', async () => {
    const text = '{"metadata":{"name":"strict"},"spec":{"size":1,"size":2,"huge":true,"parts":[{"name":"a","x":1}]}}';
    const { code, body } = await running.client.create(`${widgets}?fieldValidation=Strict`, text);
    expect(code).toBe(400);
    expect(body.reason).toBe('BadRequest');
    expect(body.message).toBe(
      'Widget in version "v1" cannot be handled as a Widget: strict decoding error: duplicate field "spec.size", unknown field "spec.huge", unknown field "spec.parts[0].x"',
    );
  });

  it('drops unknown fields with a warning otherwise, and keeps those that the schema preserves', async () => {
    const { code, headers, body } = await running.client.create(
      widgets,
      widget('pruned', { huge: true, free: { any: [{ thing: 1 }] } }),
    );
    expect(code).toBe(201);
    expect(headers['warning']).toBe('299 - "unknown field \\"spec.huge\\""');
    expect(body.spec).toEqual({ size: 3, color: 'red', free: { any: [{ thing: 1 }] } });
    const ignored = await running.client.create(`${widgets}?fieldValidation=Ignore`, widget('ignored', { huge: true }));
    expect(ignored.headers['warning']).toBeUndefined();
  });

  it('takes YAML, integers or strings where both are allowed, and null where it is', async () => {
    const { code, body } = await running.client.send(widgets, {
      method: 'POST',
      body: 'metadata: {name: from-yaml}\nspec: {size: 1, port: http, nickname: null}\n',
      headers: { 'content-type': 'application/yaml' },
    });
    expect(code).toBe(201);
    expect(body.spec).toMatchObject({ port: 'http', nickname: null });
  });

  it('rehearses under dryRun', async () => {
    const { code } = await running.client.create(`${widgets}?dryRun=All`, widget('rehearsed'));
    expect(code).toBe(201);
    expect((await running.client.get(`${widgets}/rehearsed`)).code).toBe(404);
  });
});

describe('changing custom kinds', () => {
  it('counts generations of the spec only, and keeps the resourceVersion when nothing changes', async () => {
    const { client } = running;
    const { body: made } = await client.create(widgets, widget('counted'));
    const { body: labelled } = await client.patch(`${widgets}/counted`, { metadata: { labels: { a: 'b' } } });
    expect(labelled.metadata.generation).toBe(1);
    const { body: grown } = await client.patch(`${widgets}/counted`, { spec: { size: 4 } });
    expect(grown.metadata.generation).toBe(2);
    const { body: reported } = await client.patch(`${widgets}/counted/status`, { status: { bound: false } });
    expect(reported.metadata.generation).toBe(2);
    const { body: same } = await client.patch(`${widgets}/counted`, { spec: { size: 4 } });
    expect(same.metadata.resourceVersion).toBe(reported.metadata.resourceVersion);
    expect(Number(reported.metadata.resourceVersion)).toBeGreaterThan(Number(made.metadata.resourceVersion));
  });

  it('keeps spec and status apart', async () => {
    const { client } = running;
    await client.create(widgets, widget('apart'));
    const { body: viaStatus } = await client.patch(`${widgets}/apart/status`, {
      metadata: { labels: { no: 'no' } },
      spec: { size: 9 },
      status: { bound: true },
    });
    expect(viaStatus.spec.size).toBe(3);
    expect(viaStatus.metadata.labels).toBeUndefined();
    expect(viaStatus.status).toEqual({ bound: true });
    const { body: viaMain } = await client.patch(`${widgets}/apart`, { spec: { size: 9 }, status: { bound: false } });
    expect(viaMain.spec.size).toBe(9);
    expect(viaMain.status).toEqual({ bound: true });
  });

  it('applies transition rules to updates, at the field that the rule names', async () => {
    const { client } = running;
    await client.create(widgets, widget('bound', { frozen: 'x', parts: [{ name: 'a', grow: 2 }] }));
    expect((await client.patch(`${widgets}/bound`, { spec: { color: 'green' } })).code).toBe(200);
    await client.patch(`${widgets}/bound/status`, { status: { bound: true } });
    const { code, body } = await client.patch(`${widgets}/bound`, { spec: { color: 'red' } });
    expect(code).toBe(422);
    expect(body.message).toBe(
      'Widget.test.io "bound" is invalid: spec.color: Invalid value: color is frozen once bound',
    );
    const frozen = await client.patch(`${widgets}/bound`, { spec: { frozen: 'y' } });
    expect(frozen.body.message).toContain('spec.frozen: Invalid value: "y": is immutable');
    const shrunk = await client.patch(`${widgets}/bound`, {
      spec: {
        parts: [
          { name: 'b', grow: 1 },
          { name: 'a', grow: 1 },
        ],
      },
    });
    expect(shrunk.body.details.causes).toEqual([
      { reason: 'FieldValueInvalid', field: 'spec.parts[1].grow', message: 'Invalid value: 1: may only grow' },
    ]);
  });

  it('honours resourceVersion and uid as preconditions of PUT and PATCH', async () => {
    const { client } = running;
    const { body: first } = await client.create(widgets, widget('guarded'));
    await client.patch(`${widgets}/guarded`, { spec: { size: 4 } });
    const stale = await client.replace(`${widgets}/guarded`, first);
    expect(stale.code).toBe(409);
    expect(stale.body.message).toBe(
      'Operation cannot be fulfilled on widgets.test.io "guarded": the object has been modified; please apply your changes to the latest version and try again',
    );
    const { resourceVersion } = first.metadata;
    expect((await client.patch(`${widgets}/guarded`, { metadata: { resourceVersion } })).code).toBe(409);
    const unconditional = await client.replace(`${widgets}/guarded`, widget('guarded'));
    expect(unconditional.code).toBe(422);
    expect(unconditional.body.message).toContain(
      'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
    const { body: now } = await client.get(`${widgets}/guarded`);
    const other = { ...now, metadata: { ...now.metadata, uid: 'another' } };
    expect((await client.replace(`${widgets}/guarded`, other)).code).toBe(409);
    expect((await client.patch(`${widgets}/guarded`, { metadata: { uid: 'another' } })).code).toBe(422);
    expect((await client.replace(`${widgets}/guarded`, { ...now, spec: { size: 7 } })).code).toBe(200);
  });

  it.each(['application/apply-patch+yaml', 'application/strategic-merge-patch+json', 'text/plain'])(
    'refuses %s with 415',
    async (type) => {
      await running.client.create(widgets, widget('patched'));
      const { code, body } = await running.client.patch(`${widgets}/patched`, {}, type);
      expect(code).toBe(415);
      expect(body.reason).toBe('UnsupportedMediaType');
    },
  );

  it('takes JSON patches, of the status, too, and rehearses them', async () => {
    const { client } = running;
    const type = 'application/json-patch+json';
    const at = `${widgets}/json-patched`;
    const { body: made } = await client.create(widgets, widget('json-patched', { tags: ['a'] }));
    const grow = [{ op: 'add', path: '/spec/tags/-', value: 'b' }];
    const { body: rehearsed } = await client.patch(`${at}?dryRun=All`, grow, type);
    expect(rehearsed).toMatchObject({
      spec: { tags: ['a', 'b'] },
      metadata: { resourceVersion: made.metadata.resourceVersion },
    });
    expect((await client.patch(at, grow, type)).body.spec.tags).toEqual(['a', 'b']);
    const { body } = await client.patch(`${at}/status`, [{ op: 'add', path: '/status', value: { bound: true } }], type);
    expect(body.status).toEqual({ bound: true });
    const spoilt = [{ op: 'replace', path: '/spec/size', value: 500 }];
    expect((await client.patch(at, spoilt, type)).code).toBe(422);
    const early = [{ op: 'test', path: '/spec/size', value: 4 }, ...grow];
    expect((await client.patch(at, early, type)).body.message).toContain('/spec/size is not the one to test for');
    expect((await client.get(at)).body.spec.tags).toEqual(['a', 'b']);
  });

  it('refuses what a strict patch makes unknown, with 422', async () => {
    await running.client.create(widgets, widget('strict-patch'));
    const { code, body } = await running.client.patch(`${widgets}/strict-patch?fieldValidation=Strict`, {
      spec: { y: 1 },
    });
    expect(code).toBe(422);
    expect(body.message).toContain('strict decoding error: unknown field "spec.y"');
  });

  it('serves every version of a kind, and warns of deprecated ones', async () => {
    await running.client.create(widgets, widget('versions'));
    const { body, headers } = await running.client.get('/apis/test.io/v1alpha1/namespaces/default/widgets/versions');
    expect(body).toMatchObject({ apiVersion: 'test.io/v1alpha1', kind: 'Widget', spec: { size: 3 } });
    expect(headers['warning']).toContain('test.io/v1alpha1 Widget is deprecated');
  });
});

describe('deleting custom kinds', () => {
  it('answers a Status with the uid, then 404', async () => {
    const { body: made } = await running.client.create(widgets, widget('gone'));
    const { code, body } = await running.client.remove(`${widgets}/gone`);
    expect(code).toBe(200);
    expect(body).toMatchObject({
      status: 'Success',
      details: { name: 'gone', kind: 'widgets', uid: made.metadata.uid },
    });
    expect((await running.client.remove(`${widgets}/gone`)).code).toBe(404);
  });

  it('waits for finalizers, takes no new ones, and removes the object with the last', async () => {
    const { client } = running;
    await client.create(widgets, widget('held', {}, { finalizers: ['test.io/one', 'test.io/two'] }));
    const { body: marked } = await client.remove(`${widgets}/held`);
    expect(marked.metadata).toMatchObject({ generation: 2, deletionGracePeriodSeconds: 0 });
    expect(marked.metadata.deletionTimestamp).toBeDefined();
    const { body: again } = await client.remove(`${widgets}/held`);
    expect(again.metadata.resourceVersion).toBe(marked.metadata.resourceVersion);
    const more = await client.patch(`${widgets}/held`, { metadata: { finalizers: ['test.io/one', 'test.io/three'] } });
    expect(more.body.message).toContain('metadata.finalizers: Forbidden: no new finalizers can be added');
    await client.patch(`${widgets}/held`, { metadata: { finalizers: ['test.io/one'] } });
    expect((await client.get(`${widgets}/held`)).code).toBe(200);
    const last = await client.patch(`${widgets}/held`, { metadata: { finalizers: null } });
    expect(last.code).toBe(200);
    expect((await client.get(`${widgets}/held`)).code).toBe(404);
  });

  it('honours preconditions, and refuses what needs a garbage collector', async () => {
    const { client } = running;
    const { body: made } = await client.create(widgets, widget('sure'));
    expect((await client.remove(`${widgets}/sure`, { preconditions: { uid: 'another' } })).code).toBe(409);
    expect((await client.remove(`${widgets}/sure`, { preconditions: { resourceVersion: '1' } })).code).toBe(409);
    const { uid, resourceVersion } = made.metadata;
    const ownerReferences = [{ apiVersion: 'test.io/v1', kind: 'Widget', name: 'sure', uid }];
    await client.create(widgets, widget('owned', {}, { ownerReferences }));
    for (const propagationPolicy of ['Foreground', 'Orphan']) {
      const { code, body } = await client.remove(`${widgets}/sure`, { propagationPolicy });
      expect(code).toBe(400);
      expect(body.message).toContain('needs a garbage collector for widgets "default/owned"');
      // Whom nobody is owned by, every policy deletes.
      await client.create(widgets, widget('free'));
      expect((await client.remove(`${widgets}/free`, { propagationPolicy })).code).toBe(200);
    }
    expect((await client.remove(`${widgets}/sure`, { propagationPolicy: 'Sideways' })).code).toBe(400);
    expect((await client.remove(`${widgets}/sure`, { preconditions: { uid, resourceVersion } })).code).toBe(200);
  });

  it('deletes collections by selector', async () => {
    const { client } = running;
    await Promise.all(['c1', 'c2'].map((name) => client.create(widgets, widget(name, {}, { labels: { set: 'c' } }))));
    const { body } = await client.remove(`${widgets}?labelSelector=set%3Dc`);
    expect(body.items).toHaveLength(2);
    expect((await client.get(`${widgets}?labelSelector=set%3Dc`)).body.items).toEqual([]);
  });
});
