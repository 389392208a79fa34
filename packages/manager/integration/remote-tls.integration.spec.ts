import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createProviderClient, Reason } from '@virtrigaud/grpc-contract/client';
import { systemClock } from '@virtrigaud/kube-runtime';
import { createMemoryLogger } from '@virtrigaud/service-kit';
import { childDirectory } from '../src/hosting/children/child-directory.ts';
import type { Identity } from '../src/hosting/tls/runtime-authority.ts';
import { providerName, RuntimeTls } from '../src/hosting/tls/runtime-tls.ts';
import { Site, uidOf, type SiteOptions } from './stack/site.ts';
import { until } from './stack/until.ts';

const uid = 'provider-uid';
let site: Site | undefined;
afterEach(async () => {
  await site?.stop();
  site = undefined;
});

async function start(options: SiteOptions = {}): Promise<Site> {
  site = await Site.start(options);
  await site.ready(options.replicas ?? 1);
  return site;
}

const addressOf = (at: Site): string => at.processes().get('0')?.address ?? '';

/** What the provider shows and trusts, as it reads it. */
async function providersOwn(at: Site): Promise<Identity> {
  const read = (name: string) => readFile(join(childDirectory(at.runtimeDir, uid), 'tls', name), 'utf8');
  return { cert: await read('tls.crt'), key: await read('tls.key'), ca: await read('ca.crt') };
}

/** The certificate that is shown to who connects now. */
function shownBy(at: Site, ca: string): Promise<PeerCertificate> {
  const [host = '', port = ''] = addressOf(at).split(':');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), ca, servername: providerName(uid) });
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

describe('mutual TLS between the manager and the processes that it starts', () => {
  it('P92 the manager speaks to no provider that shows the name of another', async () => {
    const at = await start();
    const state = at.home.runtime?.state;
    const credentials = state?.kind === 'Running' ? state.endpoints[0]?.credentials : undefined;
    const right = createProviderClient({ address: addressOf(at), credentials });
    expect((await right.validate({}, { timeoutMs: 10_000 })).ok).toBe(true);
    right.close();
    const tls = new RuntimeTls({ clock: systemClock, logger: createMemoryLogger(), expires: () => undefined });
    const wrong = createProviderClient({ address: addressOf(at), credentials: await tls.credentials('another-uid') });
    await expect(wrong.validate({}, { timeoutMs: 10_000 })).rejects.toThrow(/certificate/);
    wrong.close();
    await tls.close();
  });

  it('its files are this user’s alone', async () => {
    const at = await start();
    const tls = join(childDirectory(at.runtimeDir, uid), 'tls');
    expect((await stat(tls)).mode & 0o777).toBe(0o700);
    expect((await stat(join(tls, 'tls.key'))).mode & 0o777).toBe(0o600);
  });

  it('renews the certificates of both sides, shows the new ones, and drops no call', async () => {
    const at = await start({ certificateLifetimeMs: 6_000 });
    const first = await providersOwn(at);
    const shown = await shownBy(at, first.ca);
    let stopped = false;
    const failures: unknown[] = [];
    const calling = (async () => {
      while (!stopped) {
        const reply = await at.describe(uidOf(1));
        if (!reply.ok && reply.failure.reason !== Reason.VmAbsent) failures.push(reply.failure);
      }
    })();
    const streams = at.log.entries.filter(({ message }) => message === 'inventory stream ended').length;
    await until('the provider has taken two new ones', () => {
      return at.log.entries.filter(({ message }) => message === 'the certificate has changed').length >= 2;
    });
    expect((await shownBy(at, first.ca)).serialNumber).not.toBe(shown.serialNumber);
    // The first certificates are over by now: only a renewed one is let in.
    await until('the first is over', () => Date.now() > new Date(shown.valid_to).getTime());
    const state = at.home.runtime?.state;
    const credentials = state?.kind === 'Running' ? state.endpoints[0]?.credentials : undefined;
    const anew = createProviderClient({ address: addressOf(at), credentials });
    expect((await anew.validate({}, { timeoutMs: 10_000 })).ok).toBe(true);
    anew.close();
    stopped = true;
    await calling;
    expect(failures).toEqual([]);
    expect(at.log.entries.filter(({ message }) => message === 'inventory stream ended')).toHaveLength(streams);
  });
});
