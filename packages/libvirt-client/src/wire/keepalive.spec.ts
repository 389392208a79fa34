import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '../testing/manual-clock.ts';
import { ScriptedServer } from '../testing/scripted-server.ts';
import { settled } from '../testing/settled.ts';
import { PacketType } from './packet.ts';
import { lost, RpcChannel } from './rpc-channel.ts';

const KEEPALIVE = 0x6b65_6570;

describe('keepalive', () => {
  let server: ScriptedServer;
  let clock: ManualClock;
  let channel: RpcChannel;

  beforeEach(() => {
    server = new ScriptedServer();
    clock = new ManualClock();
    channel = new RpcChannel({ duplex: server.client, clock, maxInFlight: 1 });
    channel.startKeepalive({ intervalMs: 100, count: 2 });
  });

  afterEach(() => channel.close(lost('the spec is over')));

  it('answers PING with PONG', async () => {
    server.send({ program: KEEPALIVE, procedure: 1, type: PacketType.event });
    expect(await server.next()).toMatchObject({ program: KEEPALIVE, procedure: 2, type: 2, serial: 0, status: 0 });
  });

  it('sends PING when the server is silent, and closes when it stays so', async () => {
    clock.advance(100);
    expect(await server.next()).toMatchObject({ program: KEEPALIVE, procedure: 1, type: 2 });
    clock.advance(100);
    await server.next();
    expect(channel.closedBecause).toBeUndefined();
    clock.advance(100);
    expect(channel.closedBecause).toMatchObject({
      kind: 'lost',
      message: expect.stringContaining('silent for 200 ms'),
    });
  });

  it('starts to count again after any bytes', async () => {
    clock.advance(200);
    server.send({ program: KEEPALIVE, procedure: 2, type: PacketType.event });
    await settled();
    clock.advance(200);
    expect(channel.closedBecause).toBeUndefined();
  });

  it('does not take its own not reading for the silence of the server', () => {
    channel.pause(server);
    clock.advance(10_000);
    expect(channel.closedBecause).toBeUndefined();
  });
});
