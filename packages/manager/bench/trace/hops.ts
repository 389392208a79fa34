import { percentile } from '../statistics.ts';
import type { Mark } from './mark.ts';

/** One thing in the life of a VM, over many VMs. */
export interface Hop {
  readonly what: string;
  /** After the client has begun to apply, in the middle of all lives, in milliseconds. */
  readonly atMs: number;
  /** After the line before this one. */
  readonly sinceMs: number;
}

const ready = 'client: the watch brings Ready';

/** From when to when a VM was made. */
export interface Life {
  readonly name: string;
  readonly startNs: bigint;
  readonly readyNs: bigint;
}

/**
 * Puts together what all processes saw while one VM after the other was made. What less than half of the lives had is left out; the
 * second of the same in a life is another than the first.
 */
export function hopsOf(lives: readonly Life[], marks: readonly Mark[]): readonly Hop[] {
  const times = new Map<string, number[]>();
  const sorted = [...marks].sort((a, b) => (a.atNs < b.atNs ? -1 : 1));
  for (const life of lives) {
    for (const [what, atMs] of timesOf(life, sorted)) times.set(what, [...(times.get(what) ?? []), atMs]);
  }
  const rows = [...times]
    .filter(([, each]) => each.length * 2 >= lives.length)
    .map(([what, each]) => ({ what, atMs: percentile(each, 0.5) }))
    .sort((a, b) => a.atMs - b.atMs);
  // What comes after the end in the middle, and came before it now and then, is not on the way.
  const end = rows.findIndex(({ what }) => what === ready);
  return rows.slice(0, end + 1).map((row, index) => ({ ...row, sinceMs: row.atMs - (rows[index - 1]?.atMs ?? 0) }));
}

function timesOf({ name: own, startNs, readyNs }: Life, marks: readonly Mark[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { what, atNs, of = own } of marks) {
    if (of !== own || atNs < startNs || atNs > readyNs) continue;
    let name = what;
    for (let nth = 2; times.has(name); nth += 1) name = `${what} (${String(nth)})`;
    times.set(name, Number(atNs - startNs) / 1e6);
  }
  return times.set(ready, Number(readyNs - startNs) / 1e6);
}
