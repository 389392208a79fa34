import type { Codec } from '../xdr/codec.ts';

/** Programs that one connection speaks. */
export const Program = { remote: 0x2000_8086, qemu: 0x2000_8087, keepalive: 0x6b65_6570 } as const;

/**
 * Which of a session's connections a call takes: `short` answers at once, `long` may take seconds or is a stream,
 * `guest` waits for a guest that may not answer.
 */
export type Lane = 'short' | 'long' | 'guest';

/** One remote procedure: its number and the form of its arguments and result. */
export interface Procedure<Args, Result> {
  readonly name: string;
  readonly program: number;
  readonly number: number;
  readonly lane: Lane;
  readonly args: Codec<Args>;
  readonly result: Codec<Result>;
}

/** What a row of the table says about a procedure. */
export interface ProcedureRow<Args, Result> {
  readonly number: number;
  readonly args: Codec<Args>;
  readonly result: Codec<Result>;
  /** `short` unless said otherwise. */
  readonly lane?: Lane;
  /** `remote` unless said otherwise. */
  readonly program?: number;
}

/** Makes a row of the table a {@link Procedure}; `name` is libvirt's own, for messages. */
export function procedure<Args, Result>(name: string, row: ProcedureRow<Args, Result>): Procedure<Args, Result> {
  return { name, program: Program.remote, lane: 'short', ...row };
}
