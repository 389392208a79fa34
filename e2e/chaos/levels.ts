import type { Level } from './level.ts';

/** The levels that there are, each loaded when it is asked for. */
export const levels: Readonly<Record<string, () => Promise<Level>>> = {
  process: async () => (await import('./process/level.ts')).processLevel,
};
