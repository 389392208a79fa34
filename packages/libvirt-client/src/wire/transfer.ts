import { MAX_STREAM_CHUNK_BYTES } from '../xdr/limits.ts';
import type { Limits } from './call-limits.ts';
import type { Request } from './call-queue.ts';
import { RemoteStream } from './remote-stream.ts';
import type { RpcChannel } from './rpc-channel.ts';

/** A call that opens a stream, and its limits: the timeout is for each step, not for the whole. */
export interface Transfer {
  readonly request: Request;
  readonly limits: Limits;
}

/** Sends all of `source` and resolves with the number of bytes when libvirtd has confirmed them. */
export async function upload(
  channel: RpcChannel,
  transfer: Transfer,
  source: AsyncIterable<Uint8Array>,
): Promise<bigint> {
  const stream = await RemoteStream.open(channel, transfer.request, transfer.limits);
  try {
    let sent = 0n;
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length; at += MAX_STREAM_CHUNK_BYTES) {
        await stream.send(chunk.subarray(at, at + MAX_STREAM_CHUNK_BYTES));
      }
      sent += BigInt(chunk.length);
    }
    await stream.finish();
    return sent;
  } finally {
    stream.abort();
  }
}

/** Bytes of a stream as they come. Leaving early aborts it. */
export async function* download(channel: RpcChannel, transfer: Transfer): AsyncGenerator<Uint8Array, void, undefined> {
  const stream = await RemoteStream.open(channel, transfer.request, transfer.limits);
  try {
    for (let data = await stream.receive(); data.length > 0; data = await stream.receive()) yield data;
    await stream.finish();
  } finally {
    stream.abort();
  }
}
