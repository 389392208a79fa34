export { Registry } from 'prom-client';
export type {
  CredentialSource,
  HealthCheckOptions,
  HostedProvider,
  Listen,
  RunningProvider,
  ServeOptions,
  TlsFiles,
} from './hosted-provider.ts';
export type { LogFields, Logger, LogLevel } from './logger.ts';
export type { LogEntry } from './log-entry.ts';
export { createLogger } from './create-logger.ts';
export type { LoggerOptions } from './create-logger.ts';
export { createMemoryLogger } from './memory-logger.ts';
export type { MemoryLogger } from './memory-logger.ts';
export { currentCorrelationId, newCorrelationId, runWithCorrelationId } from './correlation.ts';
export { redact } from './redact.ts';
export { createRpcMetrics } from './metrics/rpc-metrics.ts';
export type { RpcMetrics, RpcSide } from './metrics/rpc-metrics.ts';
export { createControllerMetrics } from './metrics/controller-metrics.ts';
export type {
  ControllerMetrics,
  LeaderMetrics,
  QueueMetrics,
  ReconcileMetrics,
  ReconcileResult,
  RestMetrics,
} from './metrics/controller-metrics.ts';
export { createVirtrigaudMetrics } from './metrics/virtrigaud-metrics.ts';
export type { BreakerState, TaskOutcome, VirtrigaudMetrics, VmCount } from './metrics/virtrigaud-metrics.ts';
export { createProcessMetrics } from './metrics/process-metrics.ts';
export type { ForeignMetrics } from './metrics/foreign-metrics.ts';
export { startOperationsServer } from './operations-server.ts';
export type { OperationsServer, OperationsServerOptions } from './operations-server.ts';
export type { HealthCheck, HealthChecks } from './health-check.ts';
export { readConfig } from './config/read-config.ts';
export type { ConfigResult, ConfigSources } from './config/read-config.ts';
export { createShutdown, ExitCode } from './shutdown.ts';
export type { Shutdown, ShutdownOptions, SignalSource } from './shutdown.ts';
export { ServiceError } from './service-error.ts';
export type { ServiceErrorCode } from './service-error.ts';
