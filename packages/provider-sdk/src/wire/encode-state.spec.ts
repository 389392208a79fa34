import { describe, expect, it } from '@jest/globals';
import type { DiskState, NicState, VmState } from '../domain/vm-state.ts';
import { encodeDescribed, encodeState } from './encode-state.ts';

const vm = (overrides: Partial<VmState> = {}): VmState => ({
  id: 'v',
  name: 'web',
  power: 'On',
  cpus: 1,
  memoryBytes: 1024 ** 3,
  ...overrides,
});
const nic = (name: string, addresses: string[] = []): NicState => ({ name, mac: `mac-${name}`, addresses });
const disk = (name: string, overrides: Partial<DiskState> = {}): DiskState => ({
  name,
  id: `id-${name}`,
  path: `/pool/${name}`,
  sizeBytes: 1,
  ...overrides,
});
const revision = (overrides: Partial<VmState>) => encodeState(vm(overrides)).revision;

describe('the revision of a state', () => {
  it.each<{ what: string; one: Partial<VmState>; other: Partial<VmState> }>([
    { what: 'addresses', one: { nics: [nic('a', ['1', '2'])] }, other: { nics: [nic('a', ['2', '1'])] } },
    { what: 'NICs', one: { nics: [nic('a'), nic('b')] }, other: { nics: [nic('b'), nic('a')] } },
    { what: 'disks', one: { disks: [disk('a'), disk('b')] }, other: { disks: [disk('b'), disk('a')] } },
    { what: 'tags', one: { tags: { a: '1', b: '2' } }, other: { tags: { b: '2', a: '1' } } },
  ])('is the same for another order of $what', ({ one, other }) => {
    expect(revision(one)).toBe(revision(other));
  });

  it.each<{ what: string; change: Partial<VmState> }>([
    { what: 'power', change: { power: 'Off' } },
    { what: 'an address', change: { nics: [nic('a', ['1', '3'])] } },
    { what: 'an owner', change: { owner: { clusterId: '', namespace: '', name: '', uid: 'u', kind: 'VMImage' } } },
    { what: 'a tag', change: { tags: { a: '2' } } },
  ])('is another when $what changes', ({ change }) => {
    expect(revision(change)).not.toBe(revision({ nics: [nic('a', ['1', '2'])], tags: { a: '1' } }));
  });

  it('leaves out what Describe alone tells', () => {
    const used = vm({ disks: [disk('a', { usedBytes: 7 })], details: { xml: '<domain/>' } });
    expect(encodeDescribed(used)).toMatchObject({ details: { xml: '<domain/>' }, disks: [{ usedBytes: 7n }] });
    expect(encodeState(used)).toMatchObject({ details: undefined, disks: [{ usedBytes: 0n }] });
    expect(encodeDescribed(used).revision).toBe(revision({ disks: [disk('a')] }));
  });

  it('keeps the order that the provider gave, for who reads it', () => {
    const state = encodeState(vm({ nics: [nic('b', ['2', '1']), nic('a')] }));
    expect(state.nics.map(({ name, addresses }) => [name, addresses])).toEqual([
      ['b', ['2', '1']],
      ['a', []],
    ]);
  });
});
