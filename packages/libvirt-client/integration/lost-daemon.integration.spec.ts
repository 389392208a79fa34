import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createConnection } from 'node:net';
import type { LibvirtSession } from '../src/index.ts';
import { connectLibvirt, createLibvirtSession, DomainXml } from '../src/index.ts';
import { eventually } from './eventually.ts';
import { PrivateLibvirtd } from './private-libvirtd.ts';
import { describeWithLibvirtd } from './requirements.ts';

const uri = 'test:///default';

describeWithLibvirtd('a libvirtd that goes away', () => {
  let libvirtd: PrivateLibvirtd;

  beforeEach(async () => {
    libvirtd = await PrivateLibvirtd.start();
  });

  afterEach(async () => {
    await libvirtd?.stop();
  });

  it('P04 killed with calls under way: their outcome is unknown, and nothing is called absent', async () => {
    const connection = await connectLibvirt({ uri, socketPath: libvirtd.socketPath });
    libvirtd.signal('SIGSTOP');
    const calls = Array.from({ length: 6 }, () =>
      connection.domainLookupByName('none').catch((error: unknown) => error),
    );
    await libvirtd.kill();
    const errors = await Promise.all(calls);
    expect(errors.slice(0, 4)).toMatchObject(Array(4).fill({ kind: 'lost', outcome: 'unknown', code: 0 }));
    expect(errors.slice(4)).toMatchObject(Array(2).fill({ kind: 'lost', outcome: 'not-sent', code: 0 }));
    expect(connection.closedBecause).toMatchObject({ kind: 'lost' });
  });

  it('stopped: each call ends at its own deadline, and late answers harm nothing', async () => {
    const connection = await connectLibvirt({ uri, socketPath: libvirtd.socketPath, callTimeoutMs: 200 });
    libvirtd.signal('SIGSTOP');
    await expect(connection.getHostname()).rejects.toMatchObject({ kind: 'timeout', outcome: 'unknown' });
    await expect(connection.getHostname({ timeoutMs: 50 })).rejects.toMatchObject({ kind: 'timeout' });
    libvirtd.signal('SIGCONT');
    expect(await eventually('it answers again', () => connection.getHostname())).not.toBe('');
    await connection.close();
  });

  it('stopped: opening a connection ends at its deadline', async () => {
    libvirtd.signal('SIGSTOP');
    const connecting = connectLibvirt({ uri, socketPath: libvirtd.socketPath, connectTimeoutMs: 300 });
    await expect(connecting).rejects.toMatchObject({ kind: 'timeout', outcome: 'not-sent' });
  });

  it('stopped: keepalive finds out, without any call', async () => {
    const keepalive = { intervalMs: 100, count: 2 };
    const connection = await connectLibvirt({ uri, socketPath: libvirtd.socketPath, keepalive });
    libvirtd.signal('SIGSTOP');
    const reason = await new Promise((resolve) => connection.onClose(resolve));
    expect(reason).toMatchObject({ kind: 'lost', message: expect.stringContaining('silent for 200 ms') });
  });

  it('quiet but alive: it answers PING, and the connection stays open', async () => {
    let answers = 0;
    const connection = await connectLibvirt({
      uri,
      openDuplex: async () => createConnection(libvirtd.socketPath).on('data', () => (answers += 1)),
      keepalive: { intervalMs: 20, count: 2 },
    });
    const atOpen = answers;
    await eventually('ten PINGs were answered', async () => answers >= atOpen + 10 || undefined);
    expect(connection.closedBecause).toBeUndefined();
    await connection.close();
  });

  it('killed and started again: the session comes back, and its events too', async () => {
    const log: string[] = [];
    const session: LibvirtSession = createLibvirtSession({
      uri,
      socketPath: libvirtd.socketPath,
      domainEvents: ['lifecycle'],
      backoff: { firstMs: 20, maxMs: 200 },
    });
    session.onResync(() => log.push('resync'));
    session.onDomainEvent(({ kind, domain }) => log.push(`${kind} ${domain.name}`));
    await session.whenConnected();
    await libvirtd.kill();
    await eventually('the loss is seen', async () => session.state.kind === 'lost' || undefined);
    await expect(session.listAllDomains()).rejects.toMatchObject({ kind: 'lost', outcome: 'not-sent' });
    await libvirtd.restart();
    await session.whenConnected();
    const domain = DomainXml.create('test', 'after');
    domain.root.append('memory', { text: 1_024 });
    domain.root.append('os').append('type', { text: 'hvm' });
    await session.domainDefineXml(domain.toString());
    await eventually('the event is there', async () => log.at(-1) === 'lifecycle after' || undefined);
    expect(log).toEqual(['resync', 'resync', 'lifecycle after']);
    await session.close();
  });
});
