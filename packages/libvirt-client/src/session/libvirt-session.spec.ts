import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lifecycleEvent } from '../testing/lifecycle-event.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { ScriptedLibvirtd } from '../testing/scripted-libvirtd.ts';
import { settled } from '../testing/settled.ts';
import { backoffMs } from './backoff.ts';
import { createLibvirtSession } from './create-libvirt-session.ts';
import type { LibvirtSession } from './libvirt-session.ts';

describe('a session', () => {
  let libvirtd: ScriptedLibvirtd;
  let clock: ManualClock;
  let session: LibvirtSession;
  let log: string[];

  function start(): void {
    session = createLibvirtSession({
      uri: 'qemu:///system',
      openDuplex: libvirtd.open,
      clock,
      keepalive: 'off',
      domainEvents: ['lifecycle', 'reboot'],
      backoff: { firstMs: 100, maxMs: 1_000 },
    });
    session.onState((state) => log.push(state.kind));
    session.onResync(() => log.push('resync'));
    session.onDomainEvent((event) => log.push(event.kind));
  }

  beforeEach(() => {
    libvirtd = new ScriptedLibvirtd();
    clock = new ManualClock();
    log = [];
  });

  afterEach(async () => {
    await session.close();
    expect(clock.pending).toBe(0);
  });

  it('opens three connections, registers events on one, and asks for a list of everything', async () => {
    start();
    expect(session.state.kind).toBe('connecting');
    await session.whenConnected();
    expect(libvirtd.connections).toHaveLength(3);
    expect(libvirtd.registrations).toHaveLength(2);
    expect(log).toEqual(['connected', 'resync']);
  });

  it('comes back after a loss, registers again, and asks for a list again', async () => {
    start();
    await session.whenConnected();
    libvirtd.die();
    await settled();
    expect(session.state).toMatchObject({ kind: 'lost', attempt: 1, retryInMs: 75 });
    await expect(session.getHostname()).rejects.toMatchObject({ kind: 'lost', outcome: 'not-sent' });
    log = [];
    clock.advance(75);
    await session.whenConnected();
    expect(libvirtd.registrations).toHaveLength(4);
    expect(log.filter((entry) => entry !== 'lost')).toEqual(['connected', 'resync']);
    libvirtd.connections[0]?.raw(lifecycleEvent(3, 2));
    await settled();
    expect(log.at(-1)).toBe('lifecycle');
  });

  it('P42 goes on trying when the first connect fails, with waits that grow up to their maximum', async () => {
    libvirtd.down = new Error('nothing listens');
    start();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      await settled();
      const wait = session.state.kind === 'lost' ? session.state.retryInMs : -1;
      waits.push(wait);
      clock.advance(wait);
    }
    expect(waits).toEqual([75, 150, 300, 600, 750, 750, 750]);
    libvirtd.down = undefined;
    await settled();
    clock.advance(750);
    await session.whenConnected();
    expect(session.state.kind).toBe('connected');
  });

  it('does not start from the short wait again when a connection breaks at once', async () => {
    start();
    await session.whenConnected();
    libvirtd.die();
    await settled();
    clock.advance(75);
    await session.whenConnected();
    libvirtd.die();
    await settled();
    expect(session.state).toMatchObject({ kind: 'lost', attempt: 2, retryInMs: 150 });
    clock.advance(150);
    await session.whenConnected();
    clock.advance(1_000);
    libvirtd.die();
    await settled();
    expect(session.state).toMatchObject({ kind: 'lost', attempt: 1 });
  });

  it('says why when waiting for it takes too long', async () => {
    libvirtd.down = new Error('nothing listens');
    start();
    const waiting = session.whenConnected({ timeoutMs: 10 });
    await settled();
    clock.advance(10);
    await expect(waiting).rejects.toMatchObject({
      kind: 'timeout',
      message: expect.stringContaining('nothing listens'),
    });
  });

  it('stays closed once it is closed', async () => {
    start();
    await session.whenConnected();
    await session.close();
    await session.close();
    expect(log).toEqual(['connected', 'resync', 'closed']);
    expect(libvirtd.connections.every(({ client }) => client.destroyed)).toBe(true);
    await expect(session.whenConnected()).rejects.toMatchObject({ kind: 'lost' });
    await expect(session.listAllDomains()).rejects.toMatchObject({ outcome: 'not-sent' });
  });
});

describe('waits', () => {
  it.each([
    { attempt: 1, random: 0, wait: 125 },
    { attempt: 1, random: 0.999, wait: 250 },
    { attempt: 4, random: 0, wait: 1_000 },
    { attempt: 50, random: 0.999, wait: 14_993 },
  ])('are $wait ms before attempt $attempt', ({ attempt, random, wait }) => {
    expect(backoffMs(attempt, { firstMs: 250, maxMs: 15_000 }, random)).toBe(wait);
  });
});
