import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '../testing/manual-clock.ts';
import { ScriptedServer } from '../testing/scripted-server.ts';
import { settled } from '../testing/settled.ts';
import { nothing } from '../xdr/codec.ts';
import { PacketStatus, PacketType } from './packet.ts';
import { lost, RpcChannel } from './rpc-channel.ts';
import { download, upload } from './transfer.ts';

const transfer = {
  request: { name: 'STREAM', program: 0x2000_8086, procedure: 208, payload: Buffer.alloc(0) },
  limits: { timeoutMs: 1_000 },
};

async function* chunks(...list: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* list;
}

describe('streams', () => {
  let server: ScriptedServer;
  let clock: ManualClock;
  let channel: RpcChannel;

  beforeEach(() => {
    server = new ScriptedServer();
    clock = new ManualClock();
    channel = new RpcChannel({ duplex: server.client, clock, maxInFlight: 1 });
  });

  afterEach(() => {
    channel.close(lost('the spec is over'));
    expect(clock.pending).toBe(0);
  });

  it('upload in chunks that libvirt takes, say that they are done, and wait for the confirmation', async () => {
    const sent = upload(channel, transfer, chunks(new Uint8Array(300_000), new Uint8Array(5)));
    const call = await server.next();
    server.reply(call, nothing, undefined);
    const packets = [await server.next(), await server.next(), await server.next(), await server.next()];
    expect(packets.map(({ type, serial, status, payload }) => [type, serial, status, payload.length])).toEqual([
      [PacketType.stream, call.serial, PacketStatus.continue, 262_120],
      [PacketType.stream, call.serial, PacketStatus.continue, 37_880],
      [PacketType.stream, call.serial, PacketStatus.continue, 5],
      [PacketType.stream, call.serial, PacketStatus.ok, 0],
    ]);
    server.stream(call, PacketStatus.ok);
    expect(await sent).toBe(300_005n);
  });

  it('upload no faster than the socket takes it', async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (; asked < 1_000; asked++) yield new Uint8Array(100_000);
    }
    server.client.cork();
    const sent = upload(channel, transfer, endless()).catch((error: unknown) => error);
    server.client.uncork();
    const call = await server.next();
    server.client.cork();
    server.reply(call, nothing, undefined);
    await settled();
    expect(asked).toBeLessThan(5);
    clock.advance(1_000);
    expect(await sent).toMatchObject({ kind: 'timeout', outcome: 'unknown' });
    server.client.uncork();
  });

  it('end an upload with the error that libvirtd sends in between, and stop asking the source', async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(100_000);
      } finally {
        closed = true;
      }
    }
    const sent = upload(channel, transfer, endless());
    const call = await server.next();
    server.reply(call, nothing, undefined);
    server.refuse(call, { code: 38, message: 'No space left on device', type: PacketType.stream });
    await expect(sent).rejects.toMatchObject({ kind: 'libvirt', code: 38, int1: 28 });
    expect(closed).toBe(true);
  });

  it('are aborted when the source of an upload fails', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(1);
      throw new Error('the file is gone');
    }
    const sent = upload(channel, transfer, failing());
    const call = await server.next();
    server.reply(call, nothing, undefined);
    await expect(sent).rejects.toThrow('the file is gone');
    expect((await server.next()).status).toBe(PacketStatus.continue);
    expect(await server.next()).toMatchObject({
      type: PacketType.stream,
      status: PacketStatus.error,
      serial: call.serial,
    });
  });

  it('are aborted when the signal fires while the source of an upload is working', async () => {
    const gaveUp = new AbortController();
    async function* working(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(1);
      gaveUp.abort();
      yield new Uint8Array(1);
    }
    const limits = { ...transfer.limits, signal: gaveUp.signal };
    const sent = upload(channel, { ...transfer, limits }, working());
    const call = await server.next();
    server.reply(call, nothing, undefined);
    await expect(sent).rejects.toMatchObject({ kind: 'aborted', outcome: 'unknown' });
    expect((await server.next()).status).toBe(PacketStatus.continue);
    expect((await server.next()).status).toBe(PacketStatus.error);
  });

  it('are aborted when the signal fires while downloaded bytes wait to be taken', async () => {
    const gaveUp = new AbortController();
    const limits = { ...transfer.limits, signal: gaveUp.signal };
    const reader = download(channel, { ...transfer, limits })[Symbol.asyncIterator]();
    const first = reader.next();
    const call = await server.next();
    server.reply(call, nothing, undefined);
    server.stream(call, PacketStatus.continue, Uint8Array.of(1));
    server.stream(call, PacketStatus.continue, Uint8Array.of(2));
    await first;
    gaveUp.abort();
    await expect(reader.next()).rejects.toMatchObject({ kind: 'aborted' });
    expect((await server.next()).status).toBe(PacketStatus.error);
  });

  it('download what comes with the reply and after it, to the empty chunk', async () => {
    const got: number[] = [];
    const read = (async () => {
      for await (const chunk of download(channel, transfer)) got.push(...chunk);
    })();
    const call = await server.next();
    server.reply(call, nothing, undefined);
    server.stream(call, PacketStatus.continue, Uint8Array.of(1, 2));
    server.stream(call, PacketStatus.continue, Uint8Array.of(3));
    server.stream(call, PacketStatus.continue);
    expect(await server.next()).toMatchObject({ type: PacketType.stream, status: PacketStatus.ok });
    server.stream(call, PacketStatus.ok);
    await read;
    expect(got).toEqual([1, 2, 3]);
  });

  it('stop reading the socket while nobody takes what was downloaded', async () => {
    const reader = download(channel, transfer)[Symbol.asyncIterator]();
    const first = reader.next();
    const call = await server.next();
    server.reply(call, nothing, undefined);
    for (let count = 0; count < 100; count++) server.stream(call, PacketStatus.continue, new Uint8Array(100_000));
    await first;
    await settled();
    expect(server.client.isPaused()).toBe(true);
    for (let count = 0; count < 40; count++) await reader.next();
    expect(server.client.isPaused()).toBe(false);
    await reader.return(undefined);
  });

  it('are aborted when a download is left early, and drop what still comes', async () => {
    const reader = download(channel, transfer)[Symbol.asyncIterator]();
    const first = reader.next();
    const call = await server.next();
    server.reply(call, nothing, undefined);
    server.stream(call, PacketStatus.continue, Uint8Array.of(1));
    await first;
    await reader.return(undefined);
    expect(await server.next()).toMatchObject({ type: PacketType.stream, status: PacketStatus.error });
    server.stream(call, PacketStatus.continue, Uint8Array.of(2));
    await settled();
    expect(channel.closedBecause).toBeUndefined();
  });

  it('fail with an unknown outcome when the connection is lost', async () => {
    const sent = upload(channel, transfer, chunks(Uint8Array.of(1)));
    server.reply(await server.next(), nothing, undefined);
    await server.next();
    server.destroy();
    await expect(sent).rejects.toMatchObject({ kind: 'lost', outcome: 'unknown' });
  });

  it('that open after the caller has gone are aborted at once', async () => {
    const sent = upload(channel, transfer, chunks(Uint8Array.of(1)));
    const call = await server.next();
    clock.advance(1_000);
    await expect(sent).rejects.toMatchObject({ kind: 'timeout' });
    server.reply(call, nothing, undefined);
    expect(await server.next()).toMatchObject({
      type: PacketType.stream,
      status: PacketStatus.error,
      serial: call.serial,
    });
  });
});
