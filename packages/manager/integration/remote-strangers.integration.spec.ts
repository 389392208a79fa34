import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type ConnectionOptions, type TlsOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createProviderClient, mutualTls } from '@virtrigaud/grpc-contract/client';
import { systemClock } from '@virtrigaud/kube-runtime';
import { createMemoryLogger } from '@virtrigaud/service-kit';
import { childEnvironment } from '../src/hosting/children/environment.ts';
import { mountFiles } from '../src/hosting/children/mounted-directory.ts';
import { ProviderProcess } from '../src/hosting/children/provider-process.ts';
import { RuntimeAuthority, type Identity, type Purpose } from '../src/hosting/tls/runtime-authority.ts';
import { managerName } from '../src/hosting/tls/runtime-tls.ts';
import { workloadSpec } from '../src/provider/provider-homes.ts';
import { providerObject } from '../src/testing/objects.ts';

const serverName = 'provider-1.virtrigaud.internal';
const hourMs = 3_600_000;
const mockMain = fileURLToPath(new URL('../../provider-mock/src/main.ts', import.meta.url));
const args = ['--conditions=@virtrigaud/source', '--disable-warning=ExperimentalWarning', mockMain];

let directory: string;
let ours: RuntimeAuthority;
let foreign: RuntimeAuthority;
let provider: Identity;
let manager: Identity;
let running: ProviderProcess;
let address: string;

const issue = (by: RuntimeAuthority, name: string, purpose: Purpose, nowMs = Date.now()) =>
  by.issue({ name, purpose, lifetimeMs: hourMs, nowMs });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vr-strangers-'));
  [ours, foreign] = await Promise.all([RuntimeAuthority.create(Date.now()), RuntimeAuthority.create(Date.now())]);
  [provider, manager] = [await issue(ours, serverName, 'server'), await issue(ours, managerName, 'client')];
  const files = { tls: join(directory, 'tls'), credentials: join(directory, 'credentials') };
  await mountFiles(files.tls, { 'tls.crt': provider.cert, 'tls.key': provider.key, 'ca.crt': provider.ca });
  await mountFiles(files.credentials, {});
  const spec = workloadSpec(providerObject({ spec: { endpoint: `mock://${directory}/hypervisor` } }));
  running = ProviderProcess.start({
    program: { command: process.execPath, args },
    env: childEnvironment(spec, files, process.env),
    logger: createMemoryLogger(),
    clock: systemClock,
  });
  ({ address } = await running.announced());
});
afterAll(async () => {
  await running.stop();
  await rm(directory, { recursive: true });
});

/** What a call of someone with this identity ends with: `answered`, or the message of its failure. */
async function callAs(identity: Identity, at = address): Promise<string> {
  const client = createProviderClient({
    address: at,
    credentials: mutualTls({ identity: () => identity, serverName }),
  });
  try {
    await client.validate({}, { timeoutMs: 10_000 });
    return 'answered';
  } catch (error) {
    return (error as Error).message;
  } finally {
    client.close();
  }
}

/** How a bare TLS connection ends: the protocol, or the code of its failure. */
function dial(options: ConnectionOptions): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: Number(port),
      ca: manager.ca,
      ALPNProtocols: ['h2'],
      servername: serverName,
      ...options,
    });
    const end = (how: string) => {
      socket.destroy();
      resolve(how);
    };
    // The client is done before the server has looked at its certificate: data shows that it was taken.
    socket.once('data', () => end(String(socket.getProtocol())));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.once('close', () => end('closed'));
  });
}

describe('a provider process and who calls it', () => {
  it('P93 lets the manager in, over TLS 1.3', async () => {
    expect(await callAs(manager)).toBe('answered');
    expect(await dial({ cert: manager.cert, key: manager.key })).toBe('TLSv1.3');
  });

  it('P93 refuses TLS 1.2', async () => {
    expect(await dial({ cert: manager.cert, key: manager.key, maxVersion: 'TLSv1.2' })).toMatch(/PROTOCOL_VERSION/);
  });

  it('P93 refuses a caller without a certificate', async () => {
    expect(await dial({})).toMatch(/CERTIFICATE_REQUIRED/);
  });

  it.each<{ what: string; id: string; who: () => Promise<Identity> }>([
    { id: 'P93', what: 'a foreign certificate', who: () => issue(foreign, managerName, 'client') },
    {
      id: 'P93',
      what: 'an expired certificate',
      who: () => issue(ours, managerName, 'client', Date.now() - 2 * hourMs),
    },
    { id: 'P92', what: 'its own certificate', who: async () => provider },
    { id: 'P92', what: 'a provider’s that bears the manager’s name', who: () => issue(ours, managerName, 'server') },
    {
      id: 'P92',
      what: 'a name that only begins as the manager’s',
      who: () => issue(ours, `${managerName}.evil`, 'client'),
    },
  ])('$id refuses $what', async ({ who }) => {
    expect(await callAs({ ...(await who()), ca: manager.ca })).not.toBe('answered');
  });
});

describe('the manager and who answers it', () => {
  /** How a call of the manager ends at a server that shows this. */
  async function callAt(options: TlsOptions): Promise<string> {
    const server = createServer({ ...options, ca: manager.ca, ALPNProtocols: ['h2'] }, (socket) => socket.destroy());
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      return await callAs(manager, `127.0.0.1:${String(port)}`);
    } finally {
      server.close();
    }
  }

  it.each<{ what: string; says: RegExp; shows: () => Promise<TlsOptions> }>([
    {
      what: 'P92 another name',
      says: /certificate is for/,
      shows: () => issue(ours, 'provider-2.virtrigaud.internal', 'server'),
    },
    { what: 'P92 a wildcard', says: /certificate is for/, shows: () => issue(ours, '*.virtrigaud.internal', 'server') },
    { what: 'P92 a manager', says: /purpose/, shows: () => issue(ours, serverName, 'client') },
    {
      what: 'P93 a foreign certificate',
      says: /certificate|issuer/,
      shows: () => issue(foreign, serverName, 'server'),
    },
    {
      what: 'P93 an expired certificate',
      says: /expired/,
      shows: () => issue(ours, serverName, 'server', Date.now() - 2 * hourMs),
    },
    { what: 'P93 TLS 1.2', says: /protocol version/i, shows: async () => ({ ...provider, maxVersion: 'TLSv1.2' }) },
  ])('$what is not spoken to', async ({ shows, says }) => {
    expect(await callAt(await shows())).toMatch(says);
  });
});
