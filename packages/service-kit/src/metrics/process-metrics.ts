import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/**
 * Makes the series of the process itself: CPU, resident memory, heap and start time. Read at each scrape, by no timer:
 * prom-client's own default set runs an event loop monitor every 10 ms, which a process at rest has no use for.
 */
export function createProcessMetrics(registry: Registry): void {
  const registers = [registry];
  let counted = 0;
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time of this process.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.inc((user + system) / 1e6 - counted);
      counted = (user + system) / 1e6;
    },
  });
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of this process.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'nodejs_heap_size_used_bytes',
    help: 'JavaScript heap in use.',
    registers,
    collect() {
      this.set(process.memoryUsage().heapUsed);
    },
  });
  new Gauge({ name: 'process_start_time_seconds', help: 'When this process started, in Unix time.', registers }).set(
    Date.now() / 1000 - process.uptime(),
  );
}
