import type { Random } from './clock.ts';

/** How waits grow: `baseMs`, doubling with each failure up to `maxMs`; the share `jitter` of each is left to chance. */
export interface Growth {
  readonly baseMs: number;
  readonly maxMs: number;
  /** 0 to 1. */
  readonly jitter: number;
}

/** The wait after `failures` failures before this one (0 for the first), in milliseconds. */
export function backoffMs(growth: Growth, failures: number, random: Random): number {
  const fullMs = Math.min(growth.maxMs, growth.baseMs * 2 ** Math.min(failures, 52));
  return fullMs * (1 - growth.jitter * random());
}
