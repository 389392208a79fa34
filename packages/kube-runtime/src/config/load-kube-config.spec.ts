import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadKubeConfig } from './load-kube-config.ts';
import type { Credentials } from './kube-config.ts';
import { kubeConfigPlaces } from './locate-kube-config.ts';
import { simpleContext } from './simple-context.ts';

describe('kubeConfigPlaces', () => {
  const inCluster = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

  it.each([
    {
      because: 'a path that was asked for is the only place',
      options: { path: '/x', env: { KUBECONFIG: '/y', HOME: '/home', ...inCluster } },
      places: [{ kind: 'files', paths: ['/x'], mustExist: true }],
    },
    {
      because: 'KUBECONFIG is a list',
      options: { env: { KUBECONFIG: ['/y', '', '/z'].join(delimiter), HOME: '/home' } },
      places: [{ kind: 'files', paths: ['/y', '/z'], mustExist: true }],
    },
    {
      because: 'home goes before the service account',
      options: { env: { KUBECONFIG: '', HOME: '/home', ...inCluster } },
      places: [
        { kind: 'files', paths: ['/home/.kube/config'], mustExist: false },
        { kind: 'in-cluster', server: 'https://10.0.0.1:443' },
      ],
    },
    {
      because: 'IPv6 hosts need brackets',
      options: { env: { KUBERNETES_SERVICE_HOST: 'fd00::1' } },
      places: [{ kind: 'in-cluster', server: 'https://[fd00::1]:443' }],
    },
    { because: 'nothing is known', options: {}, places: [] },
  ])('names the places: $because', ({ options, places }) => {
    expect(kubeConfigPlaces(options)).toEqual(places);
  });
});

describe('loadKubeConfig', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kube-config-'));
  });

  afterEach(() => rm(dir, { recursive: true }));

  async function write(name: string, content: object | string): Promise<string> {
    const path = join(dir, name);
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  function config(name: string, extra: { user?: object; cluster?: object; context?: object } = {}): object {
    return {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server: `https://${name}.test:6443`, ...extra.cluster } }],
      users: [{ name, user: extra.user ?? { token: `token of ${name}` } }],
      contexts: [{ name, context: { cluster: name, user: name, ...extra.context } }],
      'current-context': name,
    };
  }

  it('reads the current context, and credentials each time they are asked for', async () => {
    const caPath = await write('ca.pem', 'first authority');
    const path = await write('config', config('one', { cluster: { 'certificate-authority': 'ca.pem' } }));
    const found = await loadKubeConfig({ path });
    expect(found).toMatchObject({
      context: 'one',
      server: 'https://one.test:6443',
      namespace: 'default',
      source: path,
    });
    const credentials = await found.credentials();
    expect(credentials).toMatchObject({ headers: { authorization: 'Bearer token of one' }, rejectUnauthorized: true });
    expect(String(credentials.ca)).toBe('first authority');
    await writeFile(caPath, 'second authority');
    expect(String((await found.credentials()).ca)).toBe('second authority');
  });

  it('takes the context, namespace, proxy, server name and TLS choice that are asked for', async () => {
    const cluster = { 'insecure-skip-tls-verify': true, 'tls-server-name': 'inner', 'proxy-url': 'http://proxy:1' };
    const user = { username: 'me', password: 'pw', as: 'other' };
    await write('a', config('one'));
    await write('b', config('two', { cluster, user, context: { namespace: 'team' } }));
    const env = { KUBECONFIG: [join(dir, 'a'), join(dir, 'missing'), join(dir, 'b')].join(delimiter) };
    expect((await loadKubeConfig({ env })).context).toBe('one');
    const found = await loadKubeConfig({ env, context: 'two' });
    expect(found).toMatchObject({ namespace: 'team', proxyUrl: 'http://proxy:1' });
    const basic = `Basic ${Buffer.from('me:pw').toString('base64')}`;
    await expect(found.credentials()).resolves.toMatchObject({
      headers: { authorization: basic, 'impersonate-user': 'other' },
      rejectUnauthorized: false,
      servername: 'inner',
    });
  });

  it('lets the first of several files win', async () => {
    await write('a', config('same', { user: { token: 'first' } }));
    await write('b', config('same', { user: { token: 'second' } }));
    const found = await loadKubeConfig({ env: { KUBECONFIG: [join(dir, 'a'), join(dir, 'b')].join(delimiter) } });
    expect((await found.credentials()).headers).toEqual({ authorization: 'Bearer first' });
  });

  it('finds the file in the home directory', async () => {
    await mkdir(join(dir, '.kube'));
    await write('.kube/config', config('home'));
    expect((await loadKubeConfig({ env: { HOME: dir } })).context).toBe('home');
  });

  it('uses plain http where the file says so', async () => {
    const path = await write('config', config('plain', { cluster: { server: 'http://127.0.0.1:8001' } }));
    const found = await loadKubeConfig({ path });
    expect((await found.credentials()).headers).toEqual({ authorization: 'Bearer token of plain' });
  });

  it.each([
    { because: 'nothing is there', make: undefined, says: 'No kubeconfig found' },
    { because: 'it is no YAML', make: '{', says: 'Cannot read the kubeconfig' },
    { because: 'it is empty', make: '', says: 'Cannot read the kubeconfig' },
    { because: 'no context is current', make: { contexts: [] }, says: 'has no current-context: name one of none' },
    { because: 'the context is not there', make: { 'current-context': 'x' }, says: 'has no context x; it has none' },
    {
      because: 'the cluster is not there',
      make: { 'current-context': 'x', contexts: [{ name: 'x', context: { cluster: 'y', user: 'z' } }] },
      says: 'has no cluster y, which context x names',
    },
  ])('says what is wrong when $because', async ({ make, says }) => {
    const env = { HOME: dir };
    const options = make === undefined ? { env } : { path: await write('config', make) };
    await expect(loadKubeConfig(options)).rejects.toMatchObject({ code: 'BadConfig' });
    await expect(loadKubeConfig(options)).rejects.toThrow(says);
  });

  it('takes a token file before a token, reads it each time, and finds it beside the kubeconfig', async () => {
    await write('token', 'first\n');
    const path = await write('config', config('one', { user: { token: 'other', tokenFile: 'token' } }));
    const found = await loadKubeConfig({ path });
    expect((await found.credentials()).headers).toEqual({ authorization: 'Bearer first' });
    await write('token', 'second\n');
    expect((await found.credentials()).headers).toEqual({ authorization: 'Bearer second' });
    await write('token', '\n');
    await expect(found.credentials()).rejects.toThrow(/Cannot get the credentials of .*token is empty/);
  });

  it.each([
    { what: 'a token', user: { token: 't' } },
    { what: 'a certificate', user: { 'client-certificate-data': 'Y2VydA==', 'client-key-data': 'a2V5' } },
    { what: 'certificates in files', user: { 'client-certificate': 'cert.pem', 'client-key': 'key.pem' } },
  ])('reads $what as client-node does, without it', async ({ user }) => {
    await Promise.all(['ca.pem', 'cert.pem', 'key.pem'].map((name) => write(name, name)));
    const cluster = { 'certificate-authority': 'ca.pem', 'tls-server-name': 'inner' };
    const one = config('one', { user, cluster, context: { namespace: 'team' } });
    const path = await write('config', one);
    const simple = await simpleContext(path, undefined);
    // A second file, which may be missing, is more than the simple reader takes.
    const whole = await loadKubeConfig({ env: { KUBECONFIG: [path, join(dir, 'missing')].join(delimiter) } });
    expect({ ...simple, source: '', credentials: '' }).toEqual(
      expect.objectContaining({ context: whole.context, server: whole.server, namespace: whole.namespace }),
    );
    const shown = (credentials: Credentials | undefined) => credentials && { ...credentials, ...textsOf(credentials) };
    expect(shown(await simple?.credentials())).toEqual(shown(await whole.credentials()));
  });

  it.each([
    { what: 'an exec plugin', user: { exec: { command: 'x' } } },
    { what: 'a password', user: { username: 'a', password: 'b' } },
    { what: 'impersonation', user: { token: 't', as: 'other' } },
    { what: 'a proxy', cluster: { 'proxy-url': 'http://proxy:1' } },
  ])('leaves $what to client-node', async ({ user, cluster }) => {
    const path = await write('config', config('one', { ...(user && { user }), ...(cluster && { cluster }) }));
    expect(await simpleContext(path, undefined)).toBeUndefined();
    expect((await loadKubeConfig({ path })).context).toBe('one');
  });

  it('says which credentials cannot be got', async () => {
    const user = { 'client-certificate': 'gone.pem' };
    const path = await write('config', config('one', { user }));
    const found = await loadKubeConfig({ path });
    await expect(found.credentials()).rejects.toThrow('Cannot get the credentials of');
  });
});

/** What of credentials may be text or bytes, as text. */
function textsOf({ ca, cert, key }: Credentials): Readonly<Record<string, string>> {
  return { ca: String(ca), cert: String(cert), key: String(key) };
}
