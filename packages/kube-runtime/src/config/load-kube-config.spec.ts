import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadKubeConfig } from './load-kube-config.ts';
import { kubeConfigPlaces } from './locate-kube-config.ts';

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

  it('says which credentials cannot be got', async () => {
    const user = { 'client-certificate': 'gone.pem' };
    const path = await write('config', config('one', { user }));
    const found = await loadKubeConfig({ path });
    await expect(found.credentials()).rejects.toThrow('Cannot get the credentials of context one');
  });
});
