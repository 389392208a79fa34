import type { Invoker } from '../api/invoker.ts';
import type { Procedure } from '../procedures/procedure.ts';
import type { CallOptions } from '../types.ts';
import type { Limits } from '../wire/call-limits.ts';
import type { Request } from '../wire/call-queue.ts';
import type { RpcChannel } from '../wire/rpc-channel.ts';
import { download, upload } from '../wire/transfer.ts';
import { decodeWith, encodeWith } from '../xdr/codec.ts';

/** Makes the calls of one channel. */
export function channelInvoker(channel: RpcChannel, callTimeoutMs: number): Invoker {
  const limitsOf = (options: CallOptions = {}): Limits => ({
    timeoutMs: options.timeoutMs ?? callTimeoutMs,
    signal: options.signal,
  });
  return {
    async call(procedure, args, options) {
      const payload = await channel.call(toRequest(procedure, args), limitsOf(options));
      return decodeWith(procedure.result, payload);
    },
    async upload(procedure, { args, source }, options) {
      return upload(channel, { request: toRequest(procedure, args), limits: limitsOf(options) }, source);
    },
    async *download(procedure, args, options) {
      yield* download(channel, { request: toRequest(procedure, args), limits: limitsOf(options) });
    },
  };
}

function toRequest<Args>(procedure: Procedure<Args, unknown>, args: Args): Request {
  return {
    name: procedure.name,
    program: procedure.program,
    procedure: procedure.number,
    payload: encodeWith(procedure.args, args),
  };
}
