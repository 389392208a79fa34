import { createController, type Controller, type ObjectKey, type Reconcile } from '@virtrigaud/kube-runtime';
import { runWithCorrelationId } from '@virtrigaud/service-kit';
import { guarded } from './guarded.ts';
import type { ManagerPorts } from './manager-ports.ts';

/** Settings of {@link createLaneController}. */
export interface LaneControllerOptions {
  readonly name: string;
  readonly ports: ManagerPorts;
  readonly reconcile: Reconcile<ObjectKey>;
  /** One lane for all if undefined. */
  readonly laneOf?: (key: ObjectKey) => string;
  readonly workersPerLane: (lane: string) => number;
}

/** A controller whose reconciles log and call under one correlation id each. */
export function createLaneController({
  name,
  ports,
  reconcile,
  laneOf,
  workersPerLane,
}: LaneControllerOptions): Controller {
  const { controllerMetrics, logger, clock, random } = ports;
  return createController({
    name,
    reconcile: guarded(reconcile),
    queue: { laneOf, workersPerLane },
    queueMetrics: controllerMetrics,
    metrics: controllerMetrics,
    runWithContext: ({ correlationId }, run) => runWithCorrelationId(correlationId, run),
    logger: logger.child({ controller: name }),
    clock,
    random,
  });
}
