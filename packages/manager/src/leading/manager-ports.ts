import type { Clock, EventRecorder, Random, Transport } from '@virtrigaud/kube-runtime';
import type { ControllerMetrics, HostedProvider, Logger, RpcMetrics, VirtrigaudMetrics } from '@virtrigaud/service-kit';

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
  /** Private directory of the sockets. */
  readonly runtimeDir: string;
  /** This namespace only; all if undefined. */
  readonly namespace: string | undefined;
}
