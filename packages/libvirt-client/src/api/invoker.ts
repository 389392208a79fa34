import type { Procedure } from '../procedures/procedure.ts';
import type { CallOptions } from '../types.ts';

/** What makes calls: one connection, or a session that chooses one. */
export interface Invoker {
  readonly call: <Args, Result>(
    procedure: Procedure<Args, Result>,
    args: Args,
    options?: CallOptions,
  ) => Promise<Result>;
  readonly upload: <Args>(
    procedure: Procedure<Args, void>,
    content: { readonly args: Args; readonly source: AsyncIterable<Uint8Array> },
    options?: CallOptions,
  ) => Promise<bigint>;
  readonly download: <Args>(
    procedure: Procedure<Args, void>,
    args: Args,
    options?: CallOptions,
  ) => AsyncIterable<Uint8Array>;
}
