import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import type { DomainRef, LibvirtConnection } from '../src/index.ts';
import { connectLibvirt, DomainXml } from '../src/index.ts';
import { eventually } from './eventually.ts';
import { PrivateLibvirtd } from './private-libvirtd.ts';
import { describeWithLibvirtd } from './requirements.ts';

const uri = 'qemu:///session';

function guest(): string {
  const domain = DomainXml.create('qemu', 'stuck');
  domain.root.append('memory', { attributes: { unit: 'MiB' }, text: 64 });
  domain.root.append('os').append('type', { attributes: { arch: 'x86_64', machine: 'pc' }, text: 'hvm' });
  return domain.toString();
}

describeWithLibvirtd('a guest whose QEMU does not answer', () => {
  let libvirtd: PrivateLibvirtd;
  let other: LibvirtConnection;
  let domain: DomainRef;
  let qemuPid: number;

  beforeAll(async () => {
    libvirtd = await PrivateLibvirtd.start('keepalive_interval = 1\nkeepalive_count = 1\n');
    other = await connectLibvirt({ uri, socketPath: libvirtd.socketPath });
    domain = await other.domainCreate(await other.domainDefineXml(guest()));
    qemuPid = Number(await readFile(join(libvirtd.directory, 'run/libvirt/qemu/run/stuck.pid'), 'utf8'));
    process.kill(qemuPid, 'SIGSTOP');
  });

  afterAll(async () => {
    process.kill(qemuPid, 'SIGCONT');
    await other?.domainDestroy(domain);
    await other?.close();
    await libvirtd?.stop();
  });

  it('holds all our places, and still libvirtd hears the answers to its PINGs', async () => {
    let heard = 0;
    const connection = await connectLibvirt({
      uri,
      openDuplex: async () => createConnection(libvirtd.socketPath).on('data', () => (heard += 1)),
      keepalive: { intervalMs: 60_000, count: 1 },
    });
    const given = new AbortController();
    const calls = Array.from({ length: 6 }, () =>
      connection.domainReset(domain, { signal: given.signal }).catch((error: unknown) => error),
    );
    const atOpen = heard;
    await eventually('four PINGs came', async () => heard >= atOpen + 4 || undefined);
    expect(connection.closedBecause).toBeUndefined();
    given.abort();
    const errors = await Promise.all(calls);
    expect(errors.map((error) => (error as { outcome?: string }).outcome)).toEqual([
      ...Array<string>(4).fill('unknown'),
      ...Array<string>(2).fill('not-sent'),
    ]);
    await connection.close();
  });
});
