import type { Random } from '../ports/clock.ts';

/** A small generator with a seed, so that a failure repeats. */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}
