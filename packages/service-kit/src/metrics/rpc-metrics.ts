import { Counter, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

/** Which end of the call counts. */
export type RpcSide = 'server' | 'client';

/** Counts gRPC calls under the names that the field's dashboards know. */
export interface RpcMetrics {
  /** @param method - the full path, `/package.Service/Method`. */
  started(method: string): void;
  /**
   * @param method - the full path, `/package.Service/Method`.
   * @param code - the gRPC status number.
   * @param seconds - how long the call took; for a stream, how long it was open.
   */
  finished(method: string, code: number, seconds: number): void;
}

const codeNames: readonly string[] = [
  ...[
    'OK',
    'Canceled',
    'Unknown',
    'InvalidArgument',
    'DeadlineExceeded',
    'NotFound',
    'AlreadyExists',
    'PermissionDenied',
  ],
  ...['ResourceExhausted', 'FailedPrecondition', 'Aborted', 'OutOfRange', 'Unimplemented', 'Internal', 'Unavailable'],
  ...['DataLoss', 'Unauthenticated'],
];

/** Makes `grpc_<side>_started_total`, `grpc_<side>_handled_total` and `grpc_<side>_handling_seconds` in `registry`. */
export function createRpcMetrics(registry: Registry, side: RpcSide): RpcMetrics {
  const registers = [registry];
  const what = side === 'server' ? 'by this server' : 'by this client';
  const started = new Counter({
    name: `grpc_${side}_started_total`,
    help: `RPCs started ${what}.`,
    labelNames: ['grpc_service', 'grpc_method'],
    registers,
  });
  const handled = new Counter({
    name: `grpc_${side}_handled_total`,
    help: `RPCs completed ${what}, by their code.`,
    labelNames: ['grpc_service', 'grpc_method', 'grpc_code'],
    registers,
  });
  const seconds = new Histogram({
    name: `grpc_${side}_handling_seconds`,
    help: `How long RPCs took that were completed ${what}.`,
    labelNames: ['grpc_service', 'grpc_method'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  return {
    started: (method) => started.inc(labelsOf(method)),
    finished: (method, code, took) => {
      handled.inc({ ...labelsOf(method), grpc_code: codeNames[code] ?? 'Unknown' });
      seconds.observe(labelsOf(method), took);
    },
  };
}

function labelsOf(path: string): { grpc_service: string; grpc_method: string } {
  const parts = path.split('/');
  return { grpc_service: parts.at(-2) ?? '', grpc_method: parts.at(-1) ?? '' };
}
