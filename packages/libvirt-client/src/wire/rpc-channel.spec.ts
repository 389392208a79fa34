import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '../testing/manual-clock.ts';
import { ScriptedServer } from '../testing/scripted-server.ts';
import { settled } from '../testing/settled.ts';
import { int } from '../xdr/codec.ts';
import type { Request } from './call-queue.ts';
import { PacketType } from './packet.ts';
import { lost, RpcChannel } from './rpc-channel.ts';

const request: Request = { name: 'DO', program: 0x2000_8086, procedure: 9, payload: Buffer.alloc(0) };
const limits = { timeoutMs: 1_000 };

describe('a channel', () => {
  let server: ScriptedServer;
  let clock: ManualClock;
  let channel: RpcChannel;

  beforeEach(() => {
    server = new ScriptedServer();
    clock = new ManualClock();
    channel = new RpcChannel({ duplex: server.client, clock, maxInFlight: 2 });
  });

  afterEach(() => {
    channel.close(lost('the spec is over'));
    expect(clock.pending).toBe(0);
  });

  it('gives each call its own answer when replies overtake each other and events come between', async () => {
    const events: number[] = [];
    channel.onEvent((packet) => events.push(packet.procedure));
    const first = channel.call(request, limits);
    const second = channel.call(request, limits);
    const [one, two] = [await server.next(), await server.next()];
    server.reply(two, int, 22);
    server.send({ type: PacketType.event, procedure: 318 });
    server.reply(one, int, 11);
    expect([(await first).readInt32BE(), (await second).readInt32BE()]).toEqual([11, 22]);
    expect([one.serial, two.serial, events]).toEqual([1, 2, [318]]);
  });

  it('keeps calls above the limit back until an answer makes room', async () => {
    const calls = [1, 2, 3].map(() => channel.call(request, limits));
    const first = await server.next();
    await server.next();
    await settled();
    expect(server.unread).toHaveLength(0);
    server.reply(first, int, 1);
    const third = await server.next();
    server.reply(third, int, 3);
    expect((await calls[2])?.readInt32BE()).toBe(3);
    await settled();
    channel.close(lost('over'));
    await expect(calls[1]).rejects.toMatchObject({ kind: 'lost' });
  });

  it('rejects with what libvirtd says', async () => {
    const call = channel.call(request, limits);
    server.refuse(await server.next(), { code: 42, message: 'Domain not found' });
    await expect(call).rejects.toMatchObject({
      kind: 'libvirt',
      outcome: 'refused',
      code: 42,
      domain: 10,
      level: 2,
      str1: 'first',
      int1: 28,
      int2: -1,
      message: 'DO: Domain not found (code 42, domain 10)',
    });
  });

  it('P04 calls the outcome of what was sent unknown when the socket is lost, and that of what was not, not sent', async () => {
    const calls = [1, 2, 3].map(() => channel.call(request, limits));
    await server.next();
    await server.next();
    server.destroy();
    const outcomes = await Promise.all(calls.map((call) => call.catch((error: unknown) => error)));
    expect(outcomes).toMatchObject([
      { kind: 'lost', outcome: 'unknown', code: 0 },
      { kind: 'lost', outcome: 'unknown', code: 0 },
      { kind: 'lost', outcome: 'not-sent', code: 0 },
    ]);
    await expect(channel.call(request, limits)).rejects.toMatchObject({ kind: 'lost', outcome: 'not-sent' });
  });

  it('ends a call at its deadline, and keeps its place until libvirtd answers', async () => {
    const calls = [1, 2, 3].map(() => channel.call(request, limits).catch((error: unknown) => error));
    const late = await server.next();
    clock.advance(1_000);
    expect(await Promise.all(calls)).toMatchObject([
      { kind: 'timeout', outcome: 'unknown', message: 'DO: no answer within 1000 ms; its outcome is unknown' },
      { kind: 'timeout', outcome: 'unknown' },
      { kind: 'timeout', outcome: 'not-sent' },
    ]);
    const next = channel.call(request, limits);
    await settled();
    expect(server.unread).toHaveLength(1);
    server.reply(late, int, 1);
    await settled();
    expect(server.unread).toHaveLength(2);
    server.reply(server.unread[1]!, int, 5);
    expect((await next).readInt32BE()).toBe(5);
  });

  it('gives a call up when its signal fires, before and after it was sent', async () => {
    const gaveUp = new AbortController();
    const call = channel.call(request, { ...limits, signal: gaveUp.signal });
    await server.next();
    gaveUp.abort(new Error('no longer wanted'));
    await expect(call).rejects.toMatchObject({ kind: 'aborted', outcome: 'unknown' });
    await expect(channel.call(request, { ...limits, signal: gaveUp.signal })).rejects.toMatchObject({
      kind: 'aborted',
      outcome: 'not-sent',
    });
    await settled();
    expect(server.unread).toHaveLength(0);
  });

  it.each([
    { what: 'a huge length', send: () => server.raw(Buffer.from('ffffffff', 'hex')) },
    { what: 'a reply to no call', send: () => server.send({ serial: 77 }) },
    { what: 'a packet of unknown type', send: () => server.send({ type: 9 }) },
    { what: 'an error that cannot be read', send: () => server.send({ serial: 1, status: 1 }) },
    { what: 'a reply of unknown status', send: () => server.send({ serial: 1, status: 7 }) },
  ])('closes at $what', async ({ send }) => {
    const call = channel.call(request, limits);
    await server.next();
    send();
    await expect(call).rejects.toMatchObject({ kind: 'protocol', outcome: 'unknown' });
    expect(channel.closedBecause).toMatchObject({ kind: 'protocol' });
  });

  it('tells why it closed, once, also to who asks later', async () => {
    const reasons: string[] = [];
    channel.onClose((reason) => reasons.push(reason.message));
    server.destroy();
    await settled();
    channel.close(lost('again'));
    channel.onClose((reason) => reasons.push(reason.message));
    expect(new Set(reasons).size).toBe(1);
    expect(reasons).toHaveLength(2);
  });
});
