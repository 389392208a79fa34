import { describe, expect, it } from '@jest/globals';
import type { VmChange } from '../domain/changes.ts';
import type { DiskSpec, NicSpec } from '../domain/vm-spec.ts';
import type { DiskState, VmState } from '../domain/vm-state.ts';
import { isSo } from './is-so.ts';

const aDisk = (name: string, sizeBytes: number): DiskSpec => ({
  name,
  sizeBytes,
  provisioning: 'thin',
  storage: 'any',
  bus: 'scsi',
});
const shown = (name: string, sizeBytes: number, rest: Partial<DiskState> = {}): DiskState => ({
  name,
  sizeBytes,
  id: name,
  path: `/disks/${name}`,
  ...rest,
});
const aNic = (name: string, rest: Partial<NicSpec> = {}): NicSpec => ({
  name,
  network: 'lan',
  bridge: undefined,
  model: undefined,
  mac: undefined,
  vlan: undefined,
  staticAddress: undefined,
  ...rest,
});

const vm: VmState = {
  id: 'a',
  name: 'a',
  power: 'On',
  cpus: 2,
  memoryBytes: 1024,
  disks: [shown('root', 50, { root: true }), shown('data', 10), shown('logs', 20), shown('old', 5, { detached: true })],
  nics: [
    { name: 'front', network: 'lan', mac: '02:00:00:00:00:0a', vlan: 7 },
    { name: 'back', network: 'LAN', mac: '02:00:00:00:00:0b' },
  ],
  tags: { tier: 'web', on: '' },
};
const bare: VmState = { id: 'a', name: 'a', power: 'On', cpus: 2, memoryBytes: 1024 };

const cpus = (count: number): VmChange => ({ kind: 'Cpus', cpus: count, maxCpus: undefined });
const memory = (memoryBytes: number): VmChange => ({ kind: 'Memory', memoryBytes, maxMemoryBytes: undefined });
const root = (sizeBytes: number | undefined): VmChange => ({
  kind: 'Root',
  root: { sizeBytes, provisioning: undefined, storage: undefined, bus: undefined },
});
const disks = (...wanted: readonly DiskSpec[]): VmChange => ({ kind: 'Disks', disks: wanted });
const nics = (...wanted: readonly NicSpec[]): VmChange => ({ kind: 'Nics', nics: wanted });
const tags = (wanted: Readonly<Record<string, string>>): VmChange => ({ kind: 'Tags', tags: wanted });
const waiting = (field: string): VmState => ({ ...vm, restartRequired: [{ field, live: '1', configured: '2' }] });

describe('what is so already', () => {
  it.each<{ readonly because: string; readonly change: VmChange; readonly state?: VmState }>([
    { because: 'it has as many processors', change: cpus(2) },
    { because: 'it has as much memory', change: memory(1024) },
    { because: 'something else waits for the next start', change: memory(1024), state: waiting('compute.cpus') },
    { because: 'its root disk is as large', change: root(50) },
    { because: 'no size is asked for', change: root(undefined) },
    { because: 'its data disks are those, whatever lies where', change: disks(aDisk('data', 10), aDisk('logs', 20)) },
    { because: 'the order of disks says nothing', change: disks(aDisk('logs', 20), aDisk('data', 10)) },
    { because: 'it shows no data disk', change: disks(), state: bare },
    { because: 'its NICs are those', change: nics(aNic('front'), aNic('back')) },
    {
      because: 'its NICs are those in all that is asked for',
      change: nics(aNic('front', { mac: '02:00:00:00:00:0A', vlan: 7 }), aNic('back')),
    },
    { because: 'it shows no NIC', change: nics(), state: bare },
    { because: 'its tags are those', change: tags({ on: '', tier: 'web' }) },
    { because: 'it shows no tag', change: tags({}), state: bare },
  ])('is seen, since $because', ({ change, state = vm }) => {
    expect(isSo(state, change)).toBe(true);
  });

  it.each<{ readonly because: string; readonly change: VmChange; readonly state?: VmState }>([
    { because: 'more processors are wanted', change: cpus(3) },
    { because: 'other memory is wanted', change: memory(2048) },
    {
      because: 'another number of processors waits for the next start',
      change: cpus(2),
      state: waiting('compute.cpus'),
    },
    { because: 'other memory waits for the next start', change: memory(1024), state: waiting('compute.memory_bytes') },
    { because: 'the root disk is smaller', change: root(60) },
    { because: 'the root disk is not known', change: root(50), state: bare },
    {
      because: 'other disks wait for the next start',
      change: disks(aDisk('data', 10), aDisk('logs', 20)),
      state: waiting('disks'),
    },
    { because: 'a data disk is smaller', change: disks(aDisk('data', 11), aDisk('logs', 20)) },
    { because: 'a data disk is larger', change: disks(aDisk('data', 9), aDisk('logs', 20)) },
    { because: 'a data disk is to go', change: disks(aDisk('data', 10)) },
    { because: 'a data disk is to come', change: disks(aDisk('data', 10), aDisk('logs', 20), aDisk('more', 1)) },
    { because: 'a data disk has another name', change: disks(aDisk('data', 10), aDisk('log', 20)) },
    { because: 'the disk is detached', change: disks(aDisk('data', 10), aDisk('logs', 20), aDisk('old', 5)) },
    { because: 'the root is no data disk', change: disks(aDisk('root', 50), aDisk('data', 10)) },
    { because: 'the NICs have another order', change: nics(aNic('back'), aNic('front')) },
    { because: 'a NIC is to go', change: nics(aNic('front')) },
    { because: 'a NIC is to come', change: nics(aNic('front'), aNic('back'), aNic('third')) },
    { because: 'a NIC is elsewhere', change: nics(aNic('front', { network: 'wan' }), aNic('back')) },
    { because: 'a NIC has another MAC', change: nics(aNic('front', { mac: '02:00:00:00:00:0c' }), aNic('back')) },
    { because: 'a NIC has another VLAN', change: nics(aNic('front', { vlan: 8 }), aNic('back')) },
    { because: 'the model of a NIC is not known', change: nics(aNic('front', { model: 'e1000' }), aNic('back')) },
    { because: 'the bridge of a NIC is not known', change: nics(aNic('front', { bridge: 'br0' }), aNic('back')) },
    { because: 'a tag has another value', change: tags({ on: '', tier: 'db' }) },
    { because: 'a tag is to go', change: tags({ tier: 'web' }) },
    { because: 'a tag is to come', change: tags({ on: '', tier: 'web', more: '' }) },
  ])('is not taken for so where $because', ({ change, state = vm }) => {
    expect(isSo(state, change)).toBe(false);
  });
});
