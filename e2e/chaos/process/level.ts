import type { Level } from '../level.ts';
import { defaultScale } from '../scenario/compose.ts';
import { MockBackend } from './mock-backend.ts';
import { ProcessWorld } from './process-world.ts';
import { pace } from './timing.ts';

/** How long everything may take to come to rest, by the clock on the wall. */
const patienceMs = 150_000;

/** Everything as real processes, killed and stopped by real signals. */
export const processLevel: Level = {
  name: 'process',
  scale: defaultScale,
  patienceMs: patienceMs * pace,
  start: (seed) => ProcessWorld.start(seed, (directory) => MockBackend.open(directory)),
};
