import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildKubectl, Kubectl } from './build-kubectl.ts';
import { startServer, temporaryDirectory, widgets } from './with-server.ts';
import type { Running } from './with-server.ts';

// The first build takes minutes; later ones find it in the cache.
const kubectl = await buildKubectl();

/** Manifests, as people write them. */
const widgetYaml = (name: string, spec = 'size: 3') =>
  `apiVersion: test.io/v1\nkind: Widget\nmetadata:\n  name: ${name}\nspec: {${spec}}\n`;

if (kubectl.kind === 'missing') {
  describe('kubectl', () => {
    it('cannot be built here, which only CI must not accept', () => {
      process.stderr.write(`the kubectl suite did not run: ${kubectl.why}\n`);
      expect(process.env['CI']).not.toBe('true');
    });
  });
} else {
  describeKubectl(kubectl.path);
}

function describeKubectl(path: string): void {
  let running: Running;
  let home: Awaited<ReturnType<typeof temporaryDirectory>>;
  let k: Kubectl;

  beforeAll(async () => {
    running = await startServer();
    home = await temporaryDirectory();
    k = new Kubectl(path, { kubeconfig: running.server.kubeconfigPath, home: home.path });
  });
  afterAll(async () => {
    await running.stop();
    await home.remove();
  });

  describe('kubectl finds its way', () => {
    it('version', async () => {
      const version = JSON.parse(await k.ok(['version', '-o', 'json']));
      expect(version.serverVersion).toMatchObject({ major: '1', minor: '36' });
    });

    it('api-resources', async () => {
      const out = await k.ok(['api-resources', '--no-headers']);
      expect(out).toMatch(/^widgets\s+wi\s+test\.io\/v1\s+true\s+Widget$/m);
      expect(out).toMatch(/^leases\s+coordination\.k8s\.io\/v1\s+true\s+Lease$/m);
    });

    it('explain', async () => {
      const out = await k.ok(['explain', 'widget.spec.size']);
      expect(out).toContain('FIELD: size <integer>');
      expect(out).toContain('How large it is.');
      expect(await k.ok(['explain', 'widget.metadata.labels'])).toContain('FIELD: labels <map[string]string>');
    });
  });

  describe('kubectl writes', () => {
    it('apply, new, unchanged and changed', async () => {
      expect(await k.ok(['apply', '-f', '-'], widgetYaml('applied'))).toBe('widget.test.io/applied created\n');
      expect(await k.ok(['apply', '-f', '-'], widgetYaml('applied'))).toBe('widget.test.io/applied unchanged\n');
      const changed = widgetYaml('applied', 'size: 4, tags: [a]');
      expect(await k.ok(['apply', '-f', '-'], changed)).toBe('widget.test.io/applied configured\n');
      expect(await k.ok(['apply', '-f', '-'], widgetYaml('applied'))).toBe('widget.test.io/applied configured\n');
      const { body } = await running.client.get(`${widgets}/applied`);
      expect(body.spec).toEqual({ size: 3, color: 'red' });
    });

    it('apply, of a Secret that changes', async () => {
      const secret = (value: string) =>
        `apiVersion: v1\nkind: Secret\nmetadata: {name: changing}\nstringData: {key: ${value}}\n`;
      expect(await k.ok(['apply', '-f', '-'], secret('one'))).toBe('secret/changing created\n');
      expect(await k.ok(['apply', '-f', '-'], secret('two'))).toBe('secret/changing configured\n');
      const { body } = await running.client.get('/api/v1/namespaces/default/secrets/changing');
      expect(Buffer.from(body.data.key, 'base64').toString()).toBe('two');
    });

    it('apply, refused with the path of each wrong field', async () => {
      const wrong = await k.run(['apply', '-f', '-'], widgetYaml('wrong', 'size: 500, color: blue'));
      expect(wrong.code).toBe(1);
      expect(wrong.err).toContain('The Widget "wrong" is invalid:');
      expect(wrong.err).toContain(
        'spec.size: Invalid value: 500: spec.size in body should be less than or equal to 100',
      );
      expect(wrong.err).toContain('spec.color: Unsupported value: "blue": supported values: "red", "green"');
      const unknown = await k.run(['apply', '-f', '-'], widgetYaml('wrong', 'size: 1, huge: true'));
      expect(unknown.err).toContain('strict decoding error: unknown field "spec.huge"');
      const rule = await k.run(['apply', '-f', '-'], widgetYaml('wrong', 'size: 1, parts: [{name: a, count: 2}]'));
      expect(rule.err).toContain('The Widget "wrong" is invalid: spec: Invalid value: no part may exceed the size');
    });

    it('apply --server-side, refused in words', async () => {
      const { code, err } = await k.run(['apply', '--server-side', '-f', '-'], widgetYaml('ssa'));
      expect(code).toBe(1);
      expect(err).toContain('server-side apply is not supported by this server');
    });

    it('patch --type=merge, label, annotate', async () => {
      await k.ok(['apply', '-f', '-'], widgetYaml('edited'));
      await k.ok(['patch', 'widget', 'edited', '--type=merge', '-p', '{"spec":{"size":7}}']);
      await k.ok(['label', 'widget', 'edited', 'tier=gold']);
      await k.ok(['annotate', 'widget', 'edited', 'test.io/note=hello']);
      const { body } = await running.client.get(`${widgets}/edited`);
      expect(body.spec.size).toBe(7);
      expect(body.metadata).toMatchObject({ labels: { tier: 'gold' }, annotations: { 'test.io/note': 'hello' } });
      expect(await k.ok(['get', 'widgets', '-l', 'tier=gold', '-o', 'name'])).toBe('widget.test.io/edited\n');
      await k.ok(['label', 'widget', 'edited', 'tier-']);
      expect(await k.ok(['get', 'widgets', '-l', 'tier=gold', '-o', 'name'])).toBe('');
    });

    it('create namespace, secret, configmap, which it sends as protobuf', async () => {
      expect(await k.ok(['create', 'namespace', 'made'])).toBe('namespace/made created\n');
      await k.ok(['create', '-n', 'made', 'secret', 'generic', 's', '--from-literal=a=hello', '--from-literal=empty=']);
      await k.ok(['create', '-n', 'made', 'configmap', 'c', '--from-literal=a=1', '--from-literal=b=zwölf']);
      const { body: secret } = await running.client.get('/api/v1/namespaces/made/secrets/s');
      expect(secret).toMatchObject({ type: 'Opaque', data: { a: 'aGVsbG8=', empty: '' } });
      const { body: configMap } = await running.client.get('/api/v1/namespaces/made/configmaps/c');
      expect(configMap.data).toEqual({ a: '1', b: 'zwölf' });
    });

    it('replace and create', async () => {
      expect(await k.ok(['create', '-f', '-'], widgetYaml('made'))).toBe('widget.test.io/made created\n');
      expect(await k.ok(['replace', '-f', '-'], widgetYaml('made', 'size: 8'))).toBe('widget.test.io/made replaced\n');
      const again = await k.run(['create', '-f', '-'], widgetYaml('made'));
      expect(again.err).toContain('widgets.test.io "made" already exists');
    });
  });

  describe('kubectl reads', () => {
    beforeAll(async () => {
      await k.ok(['apply', '-f', '-'], 'apiVersion: v1\nkind: Namespace\nmetadata: {name: reading}\n');
      await k.ok(['apply', '-n', 'reading', '-f', '-'], widgetYaml('one', 'size: 5, note: hi'));
    });

    it('get: table, wide, yaml, json, name, all', async () => {
      const get = (...args: string[]) => k.ok(['get', 'widgets', '-n', 'reading', ...args]);
      expect(await get()).toMatch(/^NAME\s+SIZE\s+READY\s+AGE\none\s+5\s+\d+s\n$/);
      expect(await get('-o', 'wide')).toMatch(/^NAME\s+SIZE\s+READY\s+NOTE\s+AGE\none\s+5\s+hi\s+\d+s\n$/);
      expect(await get('-o', 'yaml')).toContain('  spec:\n    color: red\n    note: hi\n    size: 5\n');
      expect(JSON.parse(await get('-o', 'json')).items[0].kind).toBe('Widget');
      expect(await get('-o', 'name')).toBe('widget.test.io/one\n');
      expect(await k.ok(['get', 'all', '-n', 'reading', '-o', 'name'])).toContain('widget.test.io/one');
      expect(await k.ok(['get', 'wi', '-A'])).toMatch(/^reading\s+one\s/m);
    });

    it('get -w: a row for each change', async () => {
      const child = k.start(['get', 'widgets', '-n', 'reading', '-w', '--no-headers']);
      const ended = once(child, 'close');
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      expect((await lines.next()).value).toMatch(/^one\s+5/);
      await k.ok(['patch', 'widget', 'one', '-n', 'reading', '--type=merge', '-p', '{"spec":{"size":6}}']);
      expect((await lines.next()).value).toMatch(/^one\s+6/);
      child.kill('SIGTERM');
      await ended;
    });

    it('wait --for=condition, until it is so', async () => {
      const waiting = k.run(['wait', 'widget/one', '-n', 'reading', '--for=condition=Ready', '--timeout=30s']);
      const status = { conditions: [{ type: 'Ready', status: 'True', reason: 'Tested' }] };
      await running.client.patch('/apis/test.io/v1/namespaces/reading/widgets/one/status', { status });
      expect(await waiting).toMatchObject({ code: 0, out: 'widget.test.io/one condition met\n' });
    });

    it('describe and events', async () => {
      const { body } = await running.client.get('/apis/test.io/v1/namespaces/reading/widgets/one');
      const at = new Date().toISOString().replace(/\.\d+Z/, 'Z');
      await running.client.create('/api/v1/namespaces/reading/events', {
        metadata: { generateName: 'one.' },
        involvedObject: { kind: 'Widget', namespace: 'reading', name: 'one', uid: body.metadata.uid },
        ...{ reason: 'Tested', message: 'It was tested.', type: 'Normal', count: 1 },
        ...{ firstTimestamp: at, lastTimestamp: at, source: { component: 'spec' } },
      });
      const described = await k.ok(['describe', 'widget', 'one', '-n', 'reading']);
      expect(described).toMatch(/Name:\s+one/);
      expect(described).toMatch(/Normal\s+Tested\s+\S+\s+spec\s+It was tested\./);
      expect(await k.ok(['events', '-n', 'reading'])).toMatch(/Normal\s+Tested\s+Widget\/one\s+It was tested\./);
      expect(await k.ok(['get', 'events', '-n', 'reading'])).toMatch(/Normal\s+Tested\s+widget\/one\s+It was tested\./);
    });
  });

  describe('kubectl deletes', () => {
    it('at once, and waiting for a finalizer', async () => {
      await k.ok(['apply', '-f', '-'], widgetYaml('quick'));
      expect(await k.ok(['delete', 'widget', 'quick'])).toContain('widget.test.io "quick" deleted');
      await k.ok(['apply', '-f', '-'], widgetYaml('held'));
      await k.ok(['patch', 'widget', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":["test.io/held"]}}']);
      const deleting = k.run(['delete', 'widget', 'held', '--timeout=30s']);
      const watch = await running.client.watch(`${widgets}?watch=1&fieldSelector=metadata.name%3Dheld`);
      for (let event = await watch.next(); event; event = await watch.next()) {
        if (event.object.metadata.deletionTimestamp) break;
      }
      watch.response.destroy();
      await k.ok(['patch', 'widget', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
      expect((await deleting).code).toBe(0);
      expect((await running.client.get(`${widgets}/held`)).code).toBe(404);
    });

    it('a namespace with all in it', async () => {
      await k.ok(['apply', '-f', '-'], 'apiVersion: v1\nkind: Namespace\nmetadata: {name: doomed}\n');
      await k.ok(['apply', '-n', 'doomed', '-f', '-'], widgetYaml('inside'));
      expect(await k.ok(['delete', 'namespace', 'doomed'])).toContain('namespace "doomed" deleted');
      expect((await running.client.get('/api/v1/namespaces/doomed')).code).toBe(404);
    });
  });
}
