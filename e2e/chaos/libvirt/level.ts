import type { Level } from '../level.ts';
import { ProcessWorld } from '../process/process-world.ts';
import { pace } from '../process/timing.ts';
import { LibvirtBackend } from './libvirt-backend.ts';

/** How long everything may take to come to rest, by the clock on the wall. */
const patienceMs = 240_000;

/** Two real libvirtds; guests stay off, since nothing here depends on what runs in them. */
export const libvirtLevel: Level = {
  name: 'libvirt',
  scale: {
    vms: { least: 3, most: 5 },
    operations: 24,
    faults: { least: 4, most: 7 },
    paceMs: 10_000,
    powers: ['Off'],
    restPercent: 0,
    aims: [],
    columns: ['kill manager', 'kill provider', 'vanish'],
  },
  patienceMs: patienceMs * pace,
  start: (seed) => ProcessWorld.start(seed, (directory) => LibvirtBackend.open(directory)),
};
