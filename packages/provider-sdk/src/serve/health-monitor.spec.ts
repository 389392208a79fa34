import { describe, expect, it } from '@jest/globals';
import {
  Code,
  HealthCheckResponse_ServingStatus as Serving,
  HealthName,
  type ServerCall,
} from '@virtrigaud/grpc-contract/server';
import { createMemoryLogger } from '@virtrigaud/service-kit';
import { HealthMonitor } from './health-monitor.ts';

/** A monitor whose probes end as told, one after the other; it stops with the last. */
function aMonitor(outcomes: readonly boolean[], { enabled = true } = {}) {
  const options = { enabled, intervalMs: 1, timeoutMs: 1, failureThreshold: 2, successThreshold: 2 };
  const stop = new AbortController();
  const seen: boolean[] = [];
  let probes = 0;
  const monitor: HealthMonitor = new HealthMonitor(
    options,
    async () => {
      if (probes > 0) seen.push(monitor.isServing);
      const outcome = outcomes[probes];
      probes += 1;
      if (outcome === undefined) stop.abort();
      if (outcome !== true) throw new Error('no answer');
    },
    createMemoryLogger(),
  );
  return { monitor, seen, run: () => monitor.run(stop.signal) };
}
const statusOf = async (monitor: HealthMonitor, service: string) => {
  const handlers = monitor.handlers(new AbortController().signal);
  return (await handlers.check({ service }, {} as ServerCall)).status;
};

describe('HealthMonitor', () => {
  it('P34 serves after as many successes, and stops after as many failures, as it was told', async () => {
    const { seen, run } = aMonitor([true, true, false, true, false, false, true, false, true, true]);
    await run();
    expect(seen).toEqual([false, true, true, true, true, false, false, false, false, true]);
  });

  it('knows without a probe when a session stands or is lost', async () => {
    const { monitor } = aMonitor([]);
    monitor.connected();
    expect(await statusOf(monitor, HealthName.provider)).toBe(Serving.SERVING);
    monitor.lost();
    expect(await statusOf(monitor, HealthName.provider)).toBe(Serving.NOT_SERVING);
    expect(await statusOf(monitor, HealthName.process)).toBe(Serving.SERVING);
  });

  it('serves nothing any more once it drains, whatever a probe says', async () => {
    const { monitor } = aMonitor([]);
    monitor.connected();
    monitor.drain();
    monitor.connected();
    expect(monitor.isServing).toBe(false);
    expect(await statusOf(monitor, HealthName.process)).toBe(Serving.NOT_SERVING);
  });

  it('claims nothing of a hypervisor that it was told not to ask', async () => {
    const { monitor, run } = aMonitor([], { enabled: false });
    await run();
    monitor.connected();
    expect(await statusOf(monitor, HealthName.provider)).toBe(Serving.UNKNOWN);
    await expect(statusOf(monitor, 'another')).rejects.toMatchObject({ code: Code.NOT_FOUND });
  });
});
