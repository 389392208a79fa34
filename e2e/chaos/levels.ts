import type { Level } from './level.ts';

/** What a level may be told. */
export interface LevelOptions {
  /** Is told all that happens, line by line. */
  readonly trace: ((line: string) => void) | undefined;
}

/** The levels that there are, each loaded when it is asked for. */
export const levels: Readonly<Record<string, (options: LevelOptions) => Promise<Level>>> = {
  sim: async ({ trace }) => (await import('./sim/sim-level.ts')).createSimLevel(trace),
  process: async () => (await import('./process/level.ts')).processLevel,
  libvirt: async () => (await import('./libvirt/level.ts')).libvirtLevel,
};
