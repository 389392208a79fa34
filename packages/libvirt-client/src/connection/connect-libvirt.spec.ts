import { describe, expect, it } from '@jest/globals';
import { registerDomainEvent } from '../procedures/events.ts';
import { lifecycleEvent } from '../testing/lifecycle-event.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { ScriptedLibvirtd } from '../testing/scripted-libvirtd.ts';
import { ScriptedServer } from '../testing/scripted-server.ts';
import { settled } from '../testing/settled.ts';
import { nothing, encodeWith } from '../xdr/codec.ts';
import { authList, authPolkit, connectOpen, supportsFeature } from '../procedures/connect.ts';
import { connectLibvirt } from './connect-libvirt.ts';

const uri = 'qemu:///system';

/** Plays the opening, and returns what the client sent for it. */
async function open(server: ScriptedServer): Promise<readonly number[]> {
  const auth = await server.next();
  server.reply(auth, authList.result, { types: [0] });
  const feature = await server.next();
  server.reply(feature, supportsFeature.result, { supported: true });
  const opened = await server.next();
  server.reply(opened, nothing, undefined);
  return [auth, feature, opened].map(({ procedure }) => procedure);
}

describe('connectLibvirt', () => {
  it('authenticates, asks for keepalive, opens, in this order', async () => {
    const server = new ScriptedServer();
    const connecting = connectLibvirt({ uri, openDuplex: async () => server.client, clock: new ManualClock() });
    expect(await open(server)).toEqual([authList.number, supportsFeature.number, connectOpen.number]);
    const connection = await connecting;
    server.destroy();
    await settled();
    expect(connection.closedBecause).toMatchObject({ kind: 'lost' });
    await connection.close();
  });

  it('asks polkit when libvirtd wants that', async () => {
    const server = new ScriptedServer();
    const connecting = connectLibvirt({ uri, openDuplex: async () => server.client, keepalive: 'off' });
    server.reply(await server.next(), authList.result, { types: [2] });
    const polkit = await server.next();
    expect(polkit.procedure).toBe(authPolkit.number);
    server.refuse(polkit, { code: 45, message: 'authentication failed: access denied by policy' });
    await expect(connecting).rejects.toMatchObject({ kind: 'libvirt', code: 45 });
  });

  it('closes, and says why, when a listener throws', async () => {
    const libvirtd = new ScriptedLibvirtd();
    const connection = await connectLibvirt({ uri, openDuplex: libvirtd.open, clock: new ManualClock() });
    const cause = new Error('a bug in the listener');
    await connection.onDomainEvent(['lifecycle'], () => {
      throw cause;
    });
    libvirtd.connections[0]?.raw(lifecycleEvent(1, 2));
    await settled();
    expect(connection.closedBecause).toMatchObject({ kind: 'lost', cause });
  });

  it('refuses an authentication that is not built, and closes', async () => {
    const libvirtd = new ScriptedLibvirtd();
    libvirtd.authTypes = [1];
    const connecting = connectLibvirt({ uri, openDuplex: libvirtd.open, clock: new ManualClock() });
    await expect(connecting).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining('types 1'),
    });
    expect(libvirtd.connections[0]?.client.destroyed).toBe(true);
  });

  it('gives up a server that does not answer within connectTimeoutMs', async () => {
    const server = new ScriptedServer();
    const clock = new ManualClock();
    const connecting = connectLibvirt({ uri, openDuplex: async () => server.client, clock, connectTimeoutMs: 700 });
    await server.next();
    clock.advance(700);
    await expect(connecting).rejects.toMatchObject({ kind: 'timeout', outcome: 'not-sent' });
    expect([server.client.destroyed, clock.pending]).toEqual([true, 0]);
  });

  it('delivers an event that comes in one piece with the answer to its registration', async () => {
    const server = new ScriptedServer();
    const connecting = connectLibvirt({ uri, openDuplex: async () => server.client, clock: new ManualClock() });
    await open(server);
    const connection = await connecting;
    const seen: number[] = [];
    const registering = connection.onDomainEvent(['lifecycle'], (event) => {
      if (event.kind === 'lifecycle') seen.push(event.event);
    });
    const call = await server.next();
    const reply = server.replyBytes(call, encodeWith(registerDomainEvent.result, { callbackId: 4 }));
    server.raw(Buffer.concat([reply, lifecycleEvent(4, 2), lifecycleEvent(9, 7), lifecycleEvent(4, 5)]));
    await registering;
    server.raw(lifecycleEvent(4, 6));
    await settled();
    expect(seen).toEqual([2, 5, 6]);
    server.destroy();
  });

  it.each([
    { what: 'more calls in flight than libvirtd takes', options: { uri, maxInFlight: 6 }, message: 'maxInFlight is 6' },
    { what: 'a session URI without a socket', options: { uri: 'qemu:///session' }, message: 'give socketPath' },
    { what: 'a transport that is not built', options: { uri: 'qemu+ssh://h/system' }, message: 'not built yet' },
  ])('refuses $what', async ({ options, message }) => {
    await expect(connectLibvirt(options)).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining(message),
    });
  });

  it('says what to look at when there is no socket', async () => {
    await expect(connectLibvirt({ uri, socketPath: '/nonexistent/sock' })).rejects.toMatchObject({
      kind: 'lost',
      outcome: 'not-sent',
      message: expect.stringContaining('is libvirtd running?'),
    });
  });
});
