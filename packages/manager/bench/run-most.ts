import { allAtOnce, memory, outage, settled, type Outage } from './measurements.ts';
import type { Row } from './report.ts';
import type { Stage } from './stage.ts';
import { rounded } from './statistics.ts';

/** What came of the measurements with very many VMs. */
export interface MostReport {
  /** The manager's memory at its highest: while they came, over the outages, and over the first list of another manager. */
  readonly peakMiB: number;
  readonly rows: readonly Row[];
}

/** Shorter than the 40 s for which nothing is said of VMs that are only out of sight. */
const shortOutage = { seconds: 30, afterSeconds: 10 };
/** Long enough to see how fast it is said of them then. */
const longOutage = { seconds: 60, afterSeconds: 0 };

/** Makes very many VMs, lets their hypervisor vanish for a short and for a long time, and starts the manager again among them. */
export async function runMost(
  stage: Stage,
  { vms, more }: { readonly vms: number; readonly more: number },
  say: (line: string) => void,
): Promise<MostReport> {
  say(`${String(more)} VMs more`);
  const { seconds } = await allAtOnce(stage, 'more', more);
  const made = await memory(stage);
  await settled(stage);

  say(`the hypervisor does not answer for ${String(shortOutage.seconds)} s, and for ${String(longOutage.seconds)} s`);
  const short = await outage(stage, shortOutage);
  await settled(stage);
  const long = await outage(stage, longOutage);
  await settled(stage);
  const resynced = await memory(stage);

  say('another manager begins');
  await stage.restartManager();
  await settled(stage);
  const restarted = await memory(stage);

  const mib = ({ now, peak }: typeof made): string =>
    `${String(rounded(now, 0))} MiB, peak ${String(rounded(peak, 0))} MiB`;
  const words = ({ writes, mostInASecond }: Outage): string =>
    `${String(writes)} writes of VMs, at most ${String(mostInASecond)} in a second`;
  return {
    peakMiB: Math.max(made.peak, resynced.peak, restarted.peak),
    rows: [
      { what: `${String(more)} VMs more applied → all Ready`, value: `${String(rounded(seconds))} s` },
      { what: `manager's memory with ${String(vms)} VMs, just made`, value: mib(made) },
      { what: 'the same after outages, with a list each', value: mib(resynced) },
      { what: 'the same of another manager, after its first list', value: mib(restarted) },
      { what: `outage of ${String(shortOutage.seconds)} s with ${String(vms)} VMs`, value: words(short) },
      { what: `outage of ${String(longOutage.seconds)} s with ${String(vms)} VMs`, value: words(long) },
    ],
  };
}
