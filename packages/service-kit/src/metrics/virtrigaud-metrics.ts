import { Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

/** How a task of a provider ended. */
export type TaskOutcome = 'succeeded' | 'failed' | 'cancelled';

/** Where a circuit breaker stands; the series shows 0, 1 and 2. */
export type BreakerState = 'closed' | 'half-open' | 'open';

/** How many VMs of one Provider are in one phase for one reason. */
export interface VmCount {
  readonly phase: string;
  readonly reason: string;
  readonly count: number;
}

/** VirtRigaud's own series. `provider` is `<namespace>/<name>`; there is no label per VM. */
export interface VirtrigaudMetrics {
  /** `virtrigaud_task_duration_seconds`. @param kind - the RPC that started the task. */
  taskFinished(
    task: { readonly provider: string; readonly kind: string; readonly outcome: TaskOutcome },
    seconds: number,
  ): void;
  /** `virtrigaud_vms`: replaces all counts of that Provider. */
  vms(provider: string, counts: readonly VmCount[]): void;
  /** `virtrigaud_inventory_age_seconds`: what is shown is the time since, at the scrape. */
  inventoryConfirmed(provider: string, at: Date): void;
  /** `virtrigaud_breaker_state`. */
  breaker(provider: string, state: BreakerState): void;
  /** `virtrigaud_certificate_expiry_timestamp_seconds`. @param certificate - which one, for people: `provider default/lab`. */
  certificateExpires(certificate: string, at: Date): void;
  /** Removes all series of a Provider that is no more; finished tasks are kept. */
  forgetProvider(provider: string): void;
}

const breakerValues = { closed: 0, 'half-open': 1, open: 2 } satisfies Record<BreakerState, number>;

/** Makes VirtRigaud's own series in `registry`. @param now - the clock, for tests. */
export function createVirtrigaudMetrics(registry: Registry, now: () => number = Date.now): VirtrigaudMetrics {
  const registers = [registry];
  const tasks = new Histogram({
    name: 'virtrigaud_task_duration_seconds',
    help: 'How long tasks of providers took.',
    labelNames: ['provider', 'kind', 'outcome'],
    buckets: [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200],
    registers,
  });
  const breaker = new Gauge({
    name: 'virtrigaud_breaker_state',
    help: 'Circuit breaker of a Provider: 0 closed, 1 half open, 2 open.',
    labelNames: ['provider'],
    registers,
  });
  const expiry = new Gauge({
    name: 'virtrigaud_certificate_expiry_timestamp_seconds',
    help: 'When a certificate in use expires, in Unix time.',
    labelNames: ['certificate'],
    registers,
  });
  const counts = vmCounts(registers);
  const ages = inventoryAges(registers, now);
  return {
    taskFinished: (task, seconds) => tasks.observe(task, seconds),
    vms: counts.set,
    inventoryConfirmed: ages.set,
    breaker: (provider, state) => breaker.set({ provider }, breakerValues[state]),
    certificateExpires: (certificate, at) => expiry.set({ certificate }, at.getTime() / 1000),
    forgetProvider: (provider) => {
      counts.set(provider, []);
      ages.forget(provider);
      breaker.remove({ provider });
      expiry.remove({ certificate: `provider ${provider}` });
    },
  };
}

function vmCounts(registers: Registry[]) {
  const gauge = new Gauge({
    name: 'virtrigaud_vms',
    help: 'Virtual machines of a Provider, by phase and reason.',
    labelNames: ['provider', 'phase', 'reason'],
    registers,
  });
  const shown = new Map<string, readonly VmCount[]>();
  return {
    set(this: void, provider: string, counts: readonly VmCount[]): void {
      for (const { phase, reason } of shown.get(provider) ?? []) gauge.remove({ provider, phase, reason });
      for (const { phase, reason, count } of counts) gauge.set({ provider, phase, reason }, count);
      shown.set(provider, counts);
    },
  };
}

function inventoryAges(registers: Registry[], now: () => number) {
  const confirmedAt = new Map<string, Date>();
  new Gauge({
    name: 'virtrigaud_inventory_age_seconds',
    help: 'Time since the inventory of a Provider was last confirmed.',
    labelNames: ['provider'],
    registers,
    collect() {
      this.reset();
      for (const [provider, at] of confirmedAt) this.set({ provider }, Math.max(0, (now() - at.getTime()) / 1000));
    },
  });
  return {
    set: (provider: string, at: Date): void => void confirmedAt.set(provider, at),
    forget: (provider: string): void => void confirmedAt.delete(provider),
  };
}
