import type { HealthCheckOptions, LogLevel } from '@virtrigaud/service-kit';
import type { Keepalive } from '../connection/endpoint-link.ts';
import type { Endpoint, HostedState } from './hosted-state.ts';

/** Where a Provider is served. */
export type RuntimeMode = 'InProcess' | 'Remote';

/** What one Provider is to be served with. */
export interface WorkloadSpec {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly endpoint: string;
  readonly insecureSkipVerify: boolean;
  readonly healthCheck: HealthCheckOptions;
  readonly mode: RuntimeMode;
  /** How many instances; InProcess: 1. */
  readonly replicas: number;
  /** What is added to the environment of an instance that is a process of its own. */
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly logLevel: LogLevel;
}

/** Where an instance shows what it counts. */
export interface MetricsPage {
  readonly replica: string;
  readonly url: string;
}

/**
 * What serves one Provider: in this process, as child processes, or whatever else can name endpoints that speak the contract. It
 * starts with being made, starts again with back-off what ends, and says where it stands.
 */
export interface Workload {
  /** As last applied. */
  readonly spec: WorkloadSpec;
  readonly state: HostedState;
  /**
   * Takes what is wanted now without stopping what serves.
   *
   * @returns false, and changes nothing, where that takes another start.
   */
  apply(spec: WorkloadSpec): boolean;
  /** How soon one that hangs is to be found; undefined: as anywhere. */
  readonly keepalive?: Keepalive | undefined;
  /** Of those instances that are scraped through us. */
  readonly metricsPages?: readonly MetricsPage[];
  /** An instance can be sent to, as often as anything is told of it. */
  serves?(endpoint: Endpoint): void;
  /** An instance does not answer any more, though it runs: another takes its place, where that can be done. */
  replace(endpoint: Endpoint): void;
  /** Drains and ends it. Idempotent. */
  stop(): Promise<void>;
}

/** Whether those that serve one spec can be replaced by those of another one by one: both lead to the same hypervisor. Pure. */
export function canSucceed(a: WorkloadSpec, b: WorkloadSpec): boolean {
  const ways = [a, b].map(({ uid, type, endpoint, mode }) => JSON.stringify([uid, type, endpoint, mode]));
  return ways[0] === ways[1];
}

/** Whether two specs differ in nothing but how many instances are wanted. Pure. */
export function differsInReplicasOnly(a: WorkloadSpec, b: WorkloadSpec): boolean {
  return JSON.stringify({ ...a, replicas: 0 }) === JSON.stringify({ ...b, replicas: 0 });
}
