import {
  allAtOnce,
  atRest,
  besideFrozen,
  changesToStatus,
  memory,
  oneByOne,
  remove,
  rpcsOf,
  trafficOf,
  writesOf,
} from './measurements.ts';
import { inWords, type Figures, type Row } from './report.ts';
import { runMost } from './run-most.ts';
import type { Stage } from './stage.ts';
import { percentile, rounded } from './statistics.ts';

/** How much is measured. */
export interface Size {
  readonly warmUp: number;
  readonly samples: number;
  readonly many: number;
  readonly restSeconds: number;
  readonly changes: number;
  /** VMs that a frozen provider has to make. */
  readonly frozenVms: number;
  /** VMs in all for the last measurement of memory; undefined: it is left out. */
  readonly most: number | undefined;
}

/** What came of a run: the figures, and the same with what explains them. */
export interface Report {
  readonly figures: Figures;
  readonly rows: readonly Row[];
}

/** Runs every measurement on a stage, one after the other. @param say - is told what is measured now. */
export async function run(stage: Stage, size: Size, say: (line: string) => void): Promise<Report> {
  say(`one VM at a time: ${String(size.warmUp)} to warm up, ${String(size.samples)} samples`);
  await oneByOne(stage, 'warm', size.warmUp);
  const one = await oneByOne(stage, 'one', size.samples);
  await remove(stage, 'warm', size.warmUp);
  await remove(stage, 'one', size.samples);

  say(`${String(size.many)} VMs at once`);
  const modified = stage.watch.modifications;
  const many = await trafficOf(stage, () => allAtOnce(stage, 'many', size.many));
  const objectWrites = (stage.watch.modifications - modified) / size.many;

  say(`at rest for ${String(size.restSeconds)} s`);
  const rest = await atRest(stage, size.restSeconds);
  const rss = await memory(stage);

  say(`${String(size.changes)} changes at the hypervisor`);
  const changes = await changesToStatus(stage, 'many', size.changes);

  say('one VM at a time beside a frozen provider');
  const { alone, beside } = await besideFrozen(stage, { samples: size.samples, frozenVms: size.frozenVms });

  const most =
    size.most === undefined ? undefined : await runMost(stage, { vms: size.most, more: size.most - size.many }, say);
  const figures: Figures = {
    oneVm: { p50Ms: rounded(percentile(one, 0.5)), p99Ms: rounded(percentile(one, 0.99)) },
    thousandVms: { seconds: rounded(many.result.seconds) },
    perVm: { writes: rounded(writesOf(many) / size.many), rpcs: rounded(rpcsOf(many) / size.many) },
    rest: { writes: writesOf(rest), rpcs: rpcsOf(rest), cpuSeconds: rounded(rest.cpu['manager'] ?? 0) },
    rssMiB: {
      vms1000: size.many === 1_000 ? rounded(rss.now, 0) : null,
      vms10000: most === undefined ? null : rounded(most.peakMiB, 0),
    },
    changeToStatusMs: rounded(percentile(changes, 0.5)),
    fairness: { ratio: rounded(percentile(beside, 0.5) / percentile(alone, 0.5)) },
  };
  const ms = (samples: readonly number[]): string =>
    `p50 ${String(rounded(percentile(samples, 0.5)))} ms, p99 ${String(rounded(percentile(samples, 0.99)))} ms`;
  const rows: Row[] = [
    { what: `one VM applied → Ready, ${String(size.samples)} samples`, value: ms(one) },
    { what: `${String(size.many)} VMs applied → all Ready`, value: `${String(figures.thousandVms.seconds)} s` },
    { what: 'changes of each VM object, as the watch saw them', value: String(rounded(objectWrites)) },
    { what: 'API requests per VM, Events and Lease included', value: inWords(many.requests, size.many) },
    { what: 'RPCs per VM', value: inWords(many.rpcs, size.many) },
    { what: 'reconciles per VM', value: inWords(many.reconciles, size.many) },
    { what: `CPU seconds for ${String(size.many)} VMs`, value: inWords(many.cpu) },
    { what: `at rest for ${String(size.restSeconds)} s: API requests`, value: inWords(rest.requests) },
    { what: `at rest for ${String(size.restSeconds)} s: RPCs`, value: inWords(rest.rpcs) },
    { what: `at rest for ${String(size.restSeconds)} s: CPU seconds`, value: inWords(rest.cpu) },
    {
      what: `manager's memory with ${String(size.many)} VMs`,
      value: `${String(rounded(rss.now, 0))} MiB, peak ${String(rounded(rss.peak, 0))} MiB`,
    },
    { what: `change at the hypervisor → status, ${String(size.changes)} samples`, value: ms(changes) },
    { what: `one VM, another provider at rest, ${String(size.samples)} samples`, value: ms(alone) },
    { what: `one VM, another provider frozen with ${String(size.frozenVms)} VMs to make`, value: ms(beside) },
  ];
  return { figures, rows: [...rows, ...(most?.rows ?? [])] };
}
