import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Code, createProviderClient, Reason, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { writeFileSync } from 'node:fs';
import { connect, type ConnectionOptions } from 'node:tls';
import { MemoryCloud, memoryCloudProvider } from '../examples/memory-cloud.ts';
import { withServedProvider } from '../src/testing/index.ts';
import { Certificates, expired } from './certificates.ts';
import { eventually, failureOf } from './client-calls.ts';

const timeoutMs = 5_000;
let ours: Certificates;
let foreign: Certificates;

beforeAll(() => {
  ours = new Certificates();
  foreign = new Certificates();
  ours.issue('server', 'DNS:localhost,IP:127.0.0.1');
  ours.issue('manager', 'DNS:virtrigaud-manager');
  ours.issue('near', 'DNS:virtrigaud-manager.evil');
  ours.issue('late', 'DNS:virtrigaud-manager', expired);
  foreign.issue('manager', 'DNS:virtrigaud-manager');
});
afterAll(() => {
  ours.remove();
  foreign.remove();
});

function serve(body: (address: string) => Promise<void>): Promise<void> {
  const tls = {
    certFile: ours.path('server.pem'),
    keyFile: ours.path('server.key'),
    caFile: ours.path('ca.pem'),
    clientName: 'virtrigaud-manager',
  };
  const listen = { kind: 'tcp', host: '127.0.0.1', port: 0, tls } as const;
  return withServedProvider(memoryCloudProvider(new MemoryCloud()), { listen }, ({ running }) => body(running.address));
}

async function withClient<T>(
  address: string,
  pair: readonly [Certificates, string],
  body: (client: ProviderClient) => Promise<T>,
): Promise<T> {
  const [issuer, name] = pair;
  const tls = credentials.createSsl(ours.read('ca.pem'), issuer.read(`${name}.key`), issuer.read(`${name}.pem`));
  const client = createProviderClient({ address, credentials: tls });
  try {
    return await body(client);
  } finally {
    client.close();
  }
}

/** The version that a handshake ends with, or the code of its failure. */
function handshake(address: string, options: ConnectionOptions): Promise<string> {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect({
      ...options,
      host: host ?? '',
      port: Number(port),
      ca: ours.read('ca.pem'),
      ALPNProtocols: ['h2'],
    });
    const end = (outcome: string): void => {
      socket.destroy();
      resolve(outcome);
    };
    // In TLS 1.3 the client is done before the server has looked at its certificate: data shows that it was taken.
    socket.once('data', () => {
      end(String(socket.getProtocol()));
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      end(error.code ?? error.message);
    });
    socket.once('close', () => {
      end('closed');
    });
  });
}

function managerCredentials() {
  return credentials.createSsl(ours.read('ca.pem'), ours.read('manager.key'), ours.read('manager.pem'));
}

/** The serial number of the certificate that is shown to who connects now. */
function serialOf(address: string): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), ca: ours.read('ca.pem'), servername: 'localhost' });
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

describe('mutual TLS', () => {
  it('P93 lets the manager in, over TLS 1.3', async () => {
    await serve(async (address) => {
      const validation = await withClient(address, [ours, 'manager'], (client) => client.validate({}, { timeoutMs }));
      expect(validation.ok).toBe(true);
      const pair = { cert: ours.read('manager.pem'), key: ours.read('manager.key') };
      expect(await handshake(address, pair)).toBe('TLSv1.3');
    });
  });

  it('P93 refuses TLS 1.2', async () => {
    await serve(async (address) => {
      const pair = { cert: ours.read('manager.pem'), key: ours.read('manager.key') };
      expect(await handshake(address, { ...pair, maxVersion: 'TLSv1.2' })).toMatch(/PROTOCOL_VERSION/);
    });
  });

  it('P93 refuses a client without a certificate', async () => {
    await serve(async (address) => {
      expect(await handshake(address, {})).toMatch(/CERTIFICATE_REQUIRED/);
    });
  });

  it.each<{ what: string; pair: () => readonly [Certificates, string] }>([
    { what: 'a foreign certificate', pair: () => [foreign, 'manager'] },
    { what: 'an expired certificate', pair: () => [ours, 'late'] },
  ])('P93 refuses $what', async ({ pair }) => {
    await serve(async (address) => {
      const call = withClient(address, pair(), (client) => client.validate({}, { timeoutMs }));
      expect((await failureOf(call)).code).toBe(Code.UNAVAILABLE);
    });
  });

  it('shows a new certificate to who connects after its files changed, and never one that does not fit', async () => {
    await serve(async (address) => {
      const [cert, key] = [ours.read('server.pem'), ours.read('server.key')];
      const first = await serialOf(address);
      const stands = createProviderClient({ address, credentials: managerCredentials() });
      await stands.validate({}, { timeoutMs });
      // Half of a change: a certificate whose key is still the old one.
      ours.issue('next', 'DNS:localhost,IP:127.0.0.1');
      writeFileSync(ours.path('server.pem'), ours.read('next.pem'));
      expect(await serialOf(address)).toBe(first);
      writeFileSync(ours.path('server.key'), ours.read('next.key'));
      await eventually(
        () => serialOf(address),
        (serial) => serial !== first,
      );
      expect((await stands.validate({}, { timeoutMs })).ok).toBe(true);
      stands.close();
      writeFileSync(ours.path('server.pem'), cert);
      writeFileSync(ours.path('server.key'), key);
    });
  });

  it.each(['server', 'near'])('P92 refuses the certificate of another: %s', async (name) => {
    await serve(async (address) => {
      const call = withClient(address, [ours, name], (client) => client.validate({}, { timeoutMs }));
      expect(await failureOf(call)).toMatchObject({ code: Code.PERMISSION_DENIED, reason: Reason.NotAdmitted });
    });
  });
});
