import type { Clock, EventRecorder, Random, Transport } from '@virtrigaud/kube-runtime';
import type { ControllerMetrics, HostedProvider, Logger, RpcMetrics, VirtrigaudMetrics } from '@virtrigaud/service-kit';
import type { ProviderProgram } from '../hosting/children/find-provider-program.ts';
import type { Workload, WorkloadSpec } from '../hosting/workload.ts';

/** What the manager is given by its program. */
export interface ManagerPorts {
  readonly transport: Transport;
  readonly recorder: EventRecorder;
  readonly logger: Logger;
  readonly controllerMetrics: ControllerMetrics;
  readonly rpcMetrics: RpcMetrics;
  readonly metrics: VirtrigaudMetrics;
  readonly clock: Clock;
  readonly random: Random;
  /** Finds the package that serves a type of hypervisor, and loads it. */
  readonly findPackage: (type: string) => Promise<HostedProvider>;
  /** Finds the program that serves a type of hypervisor as a process of its own. */
  readonly findProgram: (type: string) => ProviderProgram;
  /** What serves a Provider where neither this process nor a child of it does; undefined: one of them does. */
  readonly workloadOf?: ((spec: WorkloadSpec, changed: () => void) => Workload) | undefined;
  /** The environment of this process, of which child processes get what is no secret. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes what child processes log; each of them has a level of its own. */
  readonly childLogger: Logger;
  /** How long a certificate of a child process's is good for, in milliseconds. */
  readonly certificateLifetimeMs?: number | undefined;
  /** Private directory of the sockets, and of what child processes read. */
  readonly runtimeDir: string;
  /** This namespace only; all if undefined. */
  readonly namespace: string | undefined;
}
