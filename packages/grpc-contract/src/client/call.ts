import { Metadata, type CallOptions as GrpcCallOptions, type Client, type ServiceError } from '@grpc/grpc-js';
import { ContractError } from '../errors/contract-error.ts';
import { Code } from '../errors/reason.ts';
import { fromStatus } from '../errors/status-details.ts';
import type { MethodDefinition } from '../service-types.ts';

/** What every call may be given. */
export interface CallOptions {
  /** Aborting it cancels the call on both sides. */
  readonly signal?: AbortSignal | undefined;
  /** Request metadata, such as the correlation id. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Called once with the response's metadata, before the answer. */
  readonly onMetadata?: ((metadata: Metadata) => void) | undefined;
}

/** A unary call never goes without a deadline: milliseconds from now. */
export interface UnaryCallOptions extends CallOptions {
  readonly timeoutMs: number;
}

/** A stream lives until either side ends it, unless it is given a deadline. */
export interface StreamCallOptions extends CallOptions {
  readonly timeoutMs?: number | undefined;
}

/** One method bound to its channel. */
export interface BoundMethod {
  readonly client: Pick<Client, 'makeUnaryRequest' | 'makeServerStreamRequest'>;
  readonly definition: MethodDefinition;
  readonly encode: (request: never) => unknown;
}

interface Cancellable {
  cancel(): void;
}

/** Makes a unary call. Rejects with a {@link ContractError} only. */
export function callUnary(bound: BoundMethod, request: unknown, options: UnaryCallOptions): Promise<unknown> {
  const { client, definition } = bound;
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) {
      reject(cancelled(definition));
      return;
    }
    const call = client.makeUnaryRequest(
      definition.path,
      definition.requestSerialize as (value: unknown) => Buffer,
      definition.responseDeserialize,
      bound.encode(request as never),
      metadataOf(options),
      grpcOptions(options),
      (error: ServiceError | null, value?: unknown) => {
        release();
        if (error) reject(fromStatus(error, error));
        else resolve(value);
      },
    );
    if (options.onMetadata) call.once('metadata', options.onMetadata);
    const release = cancelOnAbort(call, options.signal);
  });
}

/**
 * Makes a server-streaming call. The iterator throws a {@link ContractError} when the stream fails; leaving the loop early cancels
 * the call, so that the server stops sending.
 */
export async function* callStream(
  bound: BoundMethod,
  request: unknown,
  options: StreamCallOptions,
): AsyncGenerator<unknown, void, undefined> {
  const { client, definition } = bound;
  if (options.signal?.aborted) throw cancelled(definition);
  const call = client.makeServerStreamRequest(
    definition.path,
    definition.requestSerialize as (value: unknown) => Buffer,
    definition.responseDeserialize,
    bound.encode(request as never),
    metadataOf(options),
    grpcOptions(options),
  );
  if (options.onMetadata) call.once('metadata', options.onMetadata);
  const release = cancelOnAbort(call, options.signal);
  try {
    for await (const message of call) yield message as unknown;
  } catch (error) {
    throw fromStatus(error as ServiceError, error);
  } finally {
    release();
    call.cancel();
  }
}

function cancelOnAbort(call: Cancellable, signal: AbortSignal | undefined): () => void {
  if (!signal) return () => undefined;
  const cancel = () => {
    call.cancel();
  };
  signal.addEventListener('abort', cancel, { once: true });
  return () => {
    signal.removeEventListener('abort', cancel);
  };
}

function cancelled(definition: MethodDefinition): ContractError {
  return new ContractError({ code: Code.CANCELLED, message: `${definition.path} was cancelled before it was sent` });
}

function grpcOptions({ timeoutMs }: StreamCallOptions): GrpcCallOptions {
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}

function metadataOf(options: CallOptions): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(options.metadata ?? {})) metadata.set(key, value);
  return metadata;
}
