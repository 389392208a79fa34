import { setTimeout as sleep } from 'node:timers/promises';
import { residentMiB } from './process-figures.ts';
import type { Stage } from './stage.ts';
import { counted, total, type Counts } from './statistics.ts';
import { isReady } from './vm-watch.ts';

/** HTTP methods that change something. */
export const writeMethods = ['POST', 'PUT', 'PATCH', 'DELETE'];
/** Calls that are open as long as a Provider is there: their ends are no work. */
const streams = ['WatchVMs', 'WatchTasks', 'Watch'];

/** What was sent, and spent, between two moments. */
export interface Traffic {
  /** To the API server, by HTTP method. */
  readonly requests: Counts;
  /** To providers, by name. */
  readonly rpcs: Counts;
  /** Reconciles by controller. */
  readonly reconciles: Counts;
  /** CPU seconds by process. */
  readonly cpu: Counts;
}

/** Applies one VM after the other, each when the one before is Ready. @returns applied → Ready of each, in milliseconds. */
export async function oneByOne(stage: Stage, prefix: string, count: number): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const name = `${prefix}-${String(index)}`;
    const startedMs = performance.now();
    const ready = stage.watch.until(name, isReady);
    await stage.apply(name);
    samples.push((await ready) - startedMs);
  }
  return samples;
}

/** Applies many VMs at once. @returns the time from the first request until the watch has shown all of them Ready. */
export async function allAtOnce(stage: Stage, prefix: string, count: number): Promise<{ readonly seconds: number }> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${String(index)}`);
  const startedMs = performance.now();
  const ready = names.map((name) => stage.watch.until(name, isReady));
  await Promise.all(names.map((name) => stage.apply(name)));
  return { seconds: (Math.max(...(await Promise.all(ready))) - startedMs) / 1_000 };
}

/** Deletes VMs and waits until the watch has shown each of them gone. */
export async function remove(stage: Stage, prefix: string, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${String(index)}`);
  const gone = names.map((name) => stage.watch.until(name, (vm) => vm === undefined));
  await Promise.all(names.map((name) => stage.vms.delete(`default/${name}`)));
  await Promise.all(gone);
}

/** What the manager sends while something is done, and until it has come to rest after it. */
export async function trafficOf<T>(stage: Stage, work: () => Promise<T>): Promise<Traffic & { readonly result: T }> {
  const before = await traffic(stage);
  const result = await work();
  await settled(stage);
  return { result, ...between(before, await traffic(stage)) };
}

/** What goes on while nothing happens. */
export async function atRest(stage: Stage, seconds: number): Promise<Traffic> {
  await settled(stage);
  const before = await traffic(stage);
  await sleep(seconds * 1_000);
  return between(before, await traffic(stage));
}

/**
 * Changes the CPUs of running VMs at the hypervisor, one after the other, and waits until status tells them.
 *
 * @returns each time in milliseconds, from before the change is written: the hypervisor's own work is in it.
 */
export async function changesToStatus(stage: Stage, prefix: string, count: number): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const name = `${prefix}-${String(index)}`;
    const seen = stage.watch.until(name, (vm) => vm?.status?.resources?.cpu === 3);
    const id = stage.watch.get(name)?.status?.id ?? '';
    const startedMs = performance.now();
    await stage.hypervisor.change(id, { hardware: { cpus: 3 } });
    samples.push((await seen) - startedMs);
  }
  return samples;
}

/** How long one VM takes beside a provider that answers nothing while it has VMs to make, and without. */
export async function besideFrozen(
  stage: Stage,
  { samples, frozenVms }: { readonly samples: number; readonly frozenVms: number },
): Promise<{ readonly alone: readonly number[]; readonly beside: readonly number[] }> {
  const frozen = await stage.addProvider('frozen');
  await stage.apply('frozen-first', 'frozen');
  await stage.watch.until('frozen-first', isReady);
  const alone = await oneByOne(stage, 'alone', samples);
  await frozen.addFaults({ id: 'frozen', point: '*', effect: { kind: 'hang' } });
  const names = Array.from({ length: frozenVms }, (_, index) => `frozen-${String(index)}`);
  await Promise.all(names.map((name) => stage.apply(name, 'frozen')));
  const beside = await oneByOne(stage, 'beside', samples);
  const escaped = names.filter((name) => isReady(stage.watch.get(name)));
  if (escaped.length > 0) throw new Error(`the frozen provider was not frozen: ${escaped.join(', ')} became Ready`);
  await frozen.clearFaults();
  return { alone, beside };
}

/** Writes of VMs while their hypervisor does not answer, and after it is back. */
export interface Outage {
  /** All of them, in the time that was looked at. */
  readonly writes: number;
  /** The most in one second. */
  readonly mostInASecond: number;
}

/**
 * Blinds the hypervisor for a time, and counts changes of VMs, as the watch sees them, from then on.
 *
 * @param seconds - how long it is blind; `afterSeconds` more are counted once it is back, where that is wanted.
 */
export async function outage(
  stage: Stage,
  { seconds, afterSeconds }: { readonly seconds: number; readonly afterSeconds: number },
): Promise<Outage> {
  const counts: number[] = [];
  const count = async (times: number): Promise<void> => {
    for (let second = 0; second < times; second += 1) {
      const before = stage.watch.modifications;
      await sleep(1_000);
      counts.push(stage.watch.modifications - before);
    }
  };
  await stage.hypervisor.setKnobs({ blind: true });
  await count(seconds);
  await stage.hypervisor.setKnobs({ blind: false });
  await count(afterSeconds);
  return { writes: counts.reduce((sum, each) => sum + each, 0), mostInASecond: Math.max(...counts) };
}

/** Resident memory of the manager, now and at its peak. */
export async function memory(stage: Stage): Promise<{ readonly now: number; readonly peak: number }> {
  return residentMiB(stage.manager.pid);
}

/** Requests that changed something. */
export function writesOf({ requests }: Traffic): number {
  return total(requests, writeMethods);
}

/** Unary calls. */
export function rpcsOf({ rpcs }: Traffic): number {
  return total(rpcs);
}

async function traffic(stage: Stage): Promise<Traffic> {
  const rpcs = Object.entries(await stage.rpcs()).filter(([name]) => !streams.includes(name));
  const [requests, reconciles, cpu] = [await stage.requests(), await stage.reconciles(), await stage.cpu()];
  return { requests, rpcs: Object.fromEntries(rpcs), reconciles, cpu };
}

function between(before: Traffic, after: Traffic): Traffic {
  return {
    requests: counted(before.requests, after.requests),
    rpcs: counted(before.rpcs, after.rpcs),
    reconciles: counted(before.reconciles, after.reconciles),
    cpu: counted(before.cpu, after.cpu),
  };
}

/** Waits until the manager has sent nothing for three seconds but what renews its Lease. */
export async function settled(stage: Stage): Promise<void> {
  // A thousand Events that wait, and no more do, are written within a hundred seconds.
  const [windowMs, leaseWrites, deadlineMs] = [3_000, 2, performance.now() + 240_000];
  let before = await traffic(stage);
  while (performance.now() < deadlineMs) {
    await sleep(windowMs);
    const after = await traffic(stage);
    const sent = between(before, after);
    if (writesOf(sent) <= leaseWrites && rpcsOf(sent) === 0) return;
    before = after;
  }
  throw new Error('the manager does not come to rest: it has gone on writing or calling for four minutes');
}
