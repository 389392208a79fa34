import { createLeaderElector, leaseResource, resource } from '@virtrigaud/kube-runtime';
import type { ForeignMetrics, Registry } from '@virtrigaud/service-kit';
import { prepareRuntimeDirectory } from './hosting/runtime-directory.ts';
import { RightsWatch } from './kube/access-review.ts';
import { readClusterId } from './kube/cluster-id.ts';
import { lead } from './leading/lead.ts';
import type { ManagerPorts } from './leading/manager-ports.ts';
import type { Shared } from './leading/shared.ts';

const leaseName = 'virtrigaud-manager';

/** Settings of {@link createManager}. */
export interface ManagerOptions {
  readonly ports: ManagerPorts;
  readonly leaseNamespace: string;
  /** Silence of a leader after which another takes its place, in milliseconds: whole seconds, at least 4. */
  readonly leaseDurationMs?: number;
  /** Different for every start of every manager. */
  readonly identity: string;
  /** Owner that the runtime directory must have; undefined: not checked. */
  readonly userId: number | undefined;
}

/** The operator: a candidate for leadership that, while it leads, brings every object to what is wanted. */
export interface Manager {
  /** Runs until `signal`; a lost leadership is followed by another candidacy. Rejects when the API server cannot be used at all. */
  run(signal: AbortSignal): Promise<void>;
  /** Undefined while it leads, has read everything, and may do what it has to; else what it waits for. */
  notReady(): string | undefined;
  /** The registries of the providers that run in this process. */
  registries(): readonly Registry[];
  /** What providers in processes of their own count. */
  foreignMetrics(): Promise<readonly ForeignMetrics[]>;
}

export function createManager({
  ports,
  leaseNamespace,
  leaseDurationMs = 15_000,
  identity,
  userId,
}: ManagerOptions): Manager {
  const { transport, clock, random, logger, controllerMetrics } = ports;
  let shared: Shared | undefined;
  let isReady = false;
  const rights = new RightsWatch({ transport, clock, logger, namespace: ports.namespace, leaseNamespace });
  const elector = createLeaderElector({
    client: resource(transport, leaseResource),
    namespace: leaseNamespace,
    name: leaseName,
    identity,
    leaseDurationMs,
    // In the proportions that all of Kubernetes uses: 15 s, 10 s, 2 s.
    renewDeadlineMs: (leaseDurationMs * 2) / 3,
    retryMs: (leaseDurationMs * 2) / 15,
    logger,
    metrics: controllerMetrics,
    clock,
    random,
  });
  return {
    async run(signal) {
      await prepareRuntimeDirectory(ports.runtimeDir, userId);
      const clusterId = await readClusterId(transport, signal);
      const reviewing = rights.run(signal);
      while (!signal.aborted) {
        const end = await elector.run(
          {
            onStartedLeading: (leadership) =>
              lead(leadership, {
                ports,
                clusterId,
                onReady: () => {
                  isReady = true;
                  logger.info('manager ready', { term: leadership.term, clusterId });
                },
                onShared: (now) => {
                  shared = now;
                },
              }),
            onStoppedLeading: () => {
              isReady = false;
            },
          },
          signal,
        );
        if (!signal.aborted) logger.warn('leading ended; a candidate again', { end });
      }
      await reviewing;
    },
    notReady: () => {
      if (rights.missing.length > 0) return `lacks rights at the API server: ${rights.missing.join(', ')}`;
      return isReady ? undefined : 'does not lead, or has not read everything yet';
    },
    registries: () => shared?.homes.registries() ?? [],
    foreignMetrics: async () => (await shared?.homes.foreignMetrics()) ?? [],
  };
}
