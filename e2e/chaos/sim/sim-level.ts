import type { Level } from '../level.ts';
import { defaultScale } from '../scenario/compose.ts';
import { readKinds } from './programs.ts';
import { SimWorld } from './sim-world.ts';

/** The level at which everything runs in one process, and every run replays exactly. */
export function createSimLevel(trace?: (line: string) => void): Level {
  const options = { kinds: readKinds(), trace };
  return {
    name: 'sim',
    scale: { ...defaultScale, restPercent: 25 },
    patienceMs: 20 * 60_000,
    start: (seed) => SimWorld.start(seed, options),
  };
}
