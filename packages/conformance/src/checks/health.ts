import { Code, HealthCheckResponse_ServingStatus as Serving, HealthName } from '@virtrigaud/grpc-contract/client';
import { ConformanceError } from '../check-failure.ts';
import type { Check } from '../check.ts';
import type { EventLog } from '../runner/event-log.ts';
import type { HealthEvent, Scene } from '../runner/scene.ts';

const nameOf = (status: Serving) =>
  Object.entries(Serving).find(([, value]) => value === status)?.[0] ?? String(status);

/** Waits until a status is told that is not the one before; what came earlier is not looked at. */
async function becomes(log: EventLog<HealthEvent>, wanted: Serving, after?: HealthEvent): Promise<HealthEvent> {
  const from = after === undefined ? -1 : log.events.indexOf(after);
  const isNews = (event: HealthEvent) => log.events.indexOf(event) > from;
  return log.until(`status ${nameOf(wanted)}`, (event) => event.value === wanted && isNews(event));
}

/** The health of the hypervisor. Ends the check where nobody looks at it. */
async function watched(scene: Scene): Promise<EventLog<HealthEvent>> {
  const log = scene.watchHealth(HealthName.provider);
  const { value } = await log.until('a status', () => true);
  if (value !== Serving.UNKNOWN) return log;
  throw new ConformanceError({
    kind: 'not-applicable',
    why: 'the health check is switched off: the status is UNKNOWN',
  });
}

async function holds(scene: Scene, service: string, wanted: Serving): Promise<void> {
  const { status } = scene.verdict.accepted(await scene.calls.health(service));
  scene.verdict.holds({ holds: status === wanted, expected: `"${service}" ${nameOf(wanted)}`, came: nameOf(status) });
}

/** What kubelets and the manager ask first. */
export const healthChecks: readonly Check[] = [
  {
    id: 'health/serving',
    title: 'the process serves, and so does its hypervisor',
    proves: 'grpc.health.v1: "" is the process, virtrigaud.provider.v1.Provider its hypervisor.',
    run: async (scene) => {
      await becomes(await watched(scene), Serving.SERVING);
      await holds(scene, HealthName.process, Serving.SERVING);
      await holds(scene, HealthName.provider, Serving.SERVING);
    },
  },
  {
    id: 'health/out-of-reach',
    title: 'a hypervisor out of reach is told by itself, and that it is back',
    proves: 'grpc.health.v1: virtrigaud.provider.v1.Provider serves while the hypervisor answers.',
    backdoor: ['cutOff', 'reconnect'],
    run: async (scene) => {
      const log = await watched(scene);
      const before = await becomes(log, Serving.SERVING);
      await scene.cutOff();
      const gone = await becomes(log, Serving.NOT_SERVING, before);
      await scene.reconnect();
      const back = await becomes(log, Serving.SERVING, gone);
      scene.verdict.holds({ holds: back.value === Serving.SERVING, expected: 'SERVING again', came: back });
    },
  },
  {
    id: 'health/process-lives-on',
    title: 'the process serves also while its hypervisor is out of reach',
    proves: 'grpc.health.v1: "" is the process, which no restart would help.',
    backdoor: ['cutOff', 'reconnect'],
    run: async (scene) => {
      const log = await watched(scene);
      const before = await becomes(log, Serving.SERVING);
      await scene.cutOff();
      await becomes(log, Serving.NOT_SERVING, before);
      await holds(scene, HealthName.process, Serving.SERVING);
    },
  },
  {
    id: 'health/unknown-name',
    title: 'the health of something else is NOT_FOUND',
    proves: 'grpc.health.v1: Check of a name that is not registered answers NOT_FOUND.',
    run: async (scene) => {
      const outcome = await scene.calls.health('virtrigaud.provider.v1.Nobody');
      scene.verdict.refused(outcome, { code: Code.NOT_FOUND, because: 'nothing has that name' });
    },
  },
];
