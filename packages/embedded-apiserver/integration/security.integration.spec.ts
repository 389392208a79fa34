import { stat } from 'node:fs/promises';
import { connect } from 'node:tls';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { startApiServer } from '../src/index.ts';
import { ApiClient } from '../src/testing/api-client.ts';
import { startServer, widget, widgets } from './with-server.ts';
import type { Running } from './with-server.ts';

let running: Running;
beforeAll(async () => {
  running = await startServer();
});
afterAll(() => running.stop());

describe('access', () => {
  it.each(['/api', '/apis', '/version', '/openapi/v3', widgets, '/nowhere'])(
    'without the right token is answered 401 at %s',
    async (path) => {
      for (const authorization of ['', 'Bearer wrong', `Basic ${running.server.token}`]) {
        const { code, body } = await running.client.get(path, { authorization });
        expect(code).toBe(401);
        expect(body).toMatchObject({ kind: 'Status', reason: 'Unauthorized' });
      }
    },
  );

  it.each(['/healthz', '/readyz', '/livez'])('to %s is free', async (path) => {
    expect(await running.client.get(path, { authorization: '' })).toMatchObject({ code: 200, body: 'ok' });
  });

  it('needs trust in the CA of the state directory, and only that', async () => {
    const stranger = new ApiClient({ ...running.server, caPem: '' });
    await expect(stranger.get('/version')).rejects.toThrow(/certificate/);
    stranger.close();
  });

  it('is by TLS 1.2 or newer', async () => {
    const socket = connect({
      port: running.server.port,
      host: '127.0.0.1',
      ca: running.server.caPem,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const outcome = await new Promise((resolve) => {
      socket.once('secureConnect', () => resolve('connected'));
      socket.once('error', () => resolve('refused'));
    });
    socket.destroy();
    expect(outcome).toBe('refused');
  });
});

describe('files', () => {
  it('with secrets are for their owner only', async () => {
    for (const name of ['ca.pem', 'token', 'kubeconfig', 'objects.db', 'objects.db-wal']) {
      expect((await stat(join(running.stateDir, name))).mode & 0o777).toBe(0o600);
    }
    expect((await stat(running.stateDir)).mode & 0o777).toBe(0o700);
  });

  it('include a kubeconfig with which the server is reached', async () => {
    const config = parse(await readFile(running.server.kubeconfigPath, 'utf8'));
    const { server: url, 'certificate-authority-data': ca } = config.clusters[0].cluster;
    const client = new ApiClient({
      url,
      caPem: Buffer.from(ca, 'base64').toString(),
      token: config.users[0].user.token,
    });
    expect((await client.get('/version')).code).toBe(200);
    client.close();
  });
});

describe('bad requests', () => {
  it.each([
    { because: 'the body is no JSON', body: '{', code: 400 },
    { because: 'the body is no object', body: '[]', code: 400 },
    { because: 'the kind is another', body: { ...widget('x'), kind: 'Gadget' }, code: 400 },
    { because: 'the version is another', body: { ...widget('x'), apiVersion: 'test.io/v2' }, code: 400 },
    { because: 'the namespace is another', body: widget('x', {}, { namespace: 'other' }), code: 400 },
    { because: 'there is no name', body: widget('', {}, { name: undefined }), code: 422 },
    { because: 'labels are no map of texts', body: widget('x', {}, { labels: { a: 1 } }), code: 400 },
  ])('are refused because $because', async ({ body, code }) => {
    const answer = await running.client.create(widgets, body);
    expect(answer.code).toBe(code);
    expect(answer.body.kind).toBe('Status');
  });

  it('are refused because the body is too large', async () => {
    const { code } = await running.client.create(widgets, widget('x', { free: { text: 'x'.repeat(4_000_000) } }));
    expect(code).toBe(413);
  });

  it('do not reach members that objects inherit', async () => {
    const text = '{"metadata":{"name":"proto"},"spec":{"size":1,"__proto__":{"size":500},"constructor":1}}';
    const { code, body } = await running.client.create(`${widgets}?fieldValidation=Strict`, text);
    expect(code).toBe(400);
    expect(body.message).toContain('unknown field "spec.__proto__", unknown field "spec.constructor"');
  });

  it('of malformed addresses are answered, too', async () => {
    for (const path of ['//', '/api/v1/namespaces/%zz', '/apis/test.io/v1/namespaces/default/widgets/%00']) {
      expect((await running.client.get(path)).code).toBe(404);
    }
    expect((await running.client.get('/readyz')).code).toBe(200);
  });

  it('cannot smuggle a prototype in by a patch', async () => {
    await running.client.create(widgets, widget('patched', { free: {} }));
    const { body } = await running.client.patch(
      `${widgets}/patched`,
      '{"spec":{"__proto__":{"color":"green"},"free":{"__proto__":{"x":1},"y":2}}}',
    );
    expect(body.spec).toEqual({ size: 3, color: 'red', free: { y: 2 } });
  });

  it.each(['/apis/rbac.authorization.k8s.io/v1/clusterroles', '/api/v1/pods', '/api/v2', '/apis/test.io/v1/widgets/x'])(
    'for what is not there are answered 404: %s',
    async (path) => {
      expect((await running.client.get(path)).code).toBe(404);
    },
  );
});

describe('starting', () => {
  it('is refused on a state directory that is in use', async () => {
    const { stateDir } = running;
    const second = startApiServer({ stateDir, crds: [], listen: { host: '127.0.0.1', port: 0 } });
    await expect(second).rejects.toMatchObject({ code: 'StateLocked' });
  });

  it('is refused on a port that is in use, and gives the directory back', async () => {
    const other = await startServer();
    await other.server.stop();
    const options = { stateDir: other.stateDir, crds: [] };
    const busy = startApiServer({ ...options, listen: { host: '127.0.0.1', port: running.server.port } });
    await expect(busy).rejects.toMatchObject({ code: 'ListenFailed' });
    const third = await startApiServer({ ...options, listen: { host: '127.0.0.1', port: 0 } });
    await third.stop();
    await other.stop();
  });

  it('ends by a signal, and stop may be called again', async () => {
    const controller = new AbortController();
    const other = await startServer({ signal: controller.signal });
    controller.abort();
    await other.server.stop();
    await other.server.stop();
    await expect(other.client.get('/version')).rejects.toThrow();
    await other.stop();
  });
});
