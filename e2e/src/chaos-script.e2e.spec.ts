import { describe, expect, it } from '@jest/globals';
import { checkTruth } from '../chaos/checker/check-truth.ts';
import type { ApiObject, Machine, Truth } from '../chaos/checker/truth.ts';
import { Matrix, summarize } from '../chaos/report.ts';
import { composeScenario, defaultScale } from '../chaos/scenario/compose.ts';
import { columnOf, faultColumns, rpcs, type Wish } from '../chaos/scenario/scenario.ts';

const wish: Wish = {
  provider: 'lab',
  image: 'template',
  cpu: 2,
  memoryGiB: 1,
  power: 'On',
  tags: ['a'],
  disks: { data: 3 },
  vanishedPolicy: 'Report',
};
const machine: Machine = {
  hypervisor: 'a',
  id: 'u1',
  name: 'default.vm-1',
  owner: 'u1',
  carrier: 'u1',
  isWhole: true,
  power: 'On',
  cpus: 2,
  memoryBytes: 1024 ** 3,
  tags: ['a'],
  disks: { data: 3 * 1024 ** 3 },
  birth: undefined,
};
const { image: _image, vanishedPolicy: _policy, ...said } = wish;
const object: ApiObject = {
  name: 'vm-1',
  uid: 'u1',
  deleting: false,
  wish: said,
  boundTo: 'lab',
  wasReady: true,
  ready: { status: 'True', reason: 'Ready', message: '' },
};
const calm: Truth = { machines: [machine], leftovers: [], objects: [object], copies: [], incidents: [] };
const copy: Machine = { ...machine, id: 'c1', name: 'copy' };
const mismatched = { status: 'False', reason: 'ProviderMismatch', message: '' };

describe('the checker of chaos runs', () => {
  it.each<{ because: string; truth: Partial<Truth>; wanted?: Wish | undefined; kinds: string[] }>([
    { because: 'all is well', truth: {}, kinds: [] },
    { because: 'the machine is gone', truth: { machines: [] }, kinds: ['lost'] },
    {
      because: 'it was never made',
      truth: { machines: [], objects: [{ ...object, wasReady: false }] },
      kinds: ['stuck'],
    },
    {
      because: 'there are two, on two hypervisors',
      truth: { machines: [machine, { ...machine, hypervisor: 'b' }] },
      kinds: ['doubled'],
    },
    { because: 'a machine has no object', truth: { objects: [] }, wanted: undefined, kinds: ['doubled'] },
    { because: 'the object is gone though it was acknowledged', truth: { objects: [], machines: [] }, kinds: ['lost'] },
    { because: 'it is smaller', truth: { machines: [{ ...machine, cpus: 1 }] }, kinds: ['stuck'] },
    { because: 'it is off', truth: { machines: [{ ...machine, power: 'Off' }] }, kinds: ['stuck'] },
    { because: 'its disk is missing', truth: { machines: [{ ...machine, disks: {} }] }, kinds: ['stuck'] },
    { because: 'it is half-made', truth: { machines: [{ ...machine, isWhole: false }] }, kinds: ['stuck'] },
    { because: 'its status lags', truth: { objects: [{ ...object, ready: undefined }] }, kinds: ['stuck'] },
    {
      because: 'it does not go',
      truth: { objects: [{ ...object, deleting: true }] },
      wanted: undefined,
      kinds: ['stuck'],
    },
    {
      because: 'an acknowledged change is not in its spec',
      truth: {},
      wanted: { ...wish, cpu: 4 },
      kinds: ['lost'],
    },
    { because: 'a copy is nobody’s', truth: { machines: [machine, copy], copies: [copy] }, kinds: [] },
    { because: 'a copy was deleted', truth: { copies: [copy] }, kinds: ['lost'] },
    {
      because: 'a copy was changed',
      truth: { machines: [machine, { ...copy, cpus: 4 }], copies: [copy] },
      kinds: ['lost'],
    },
    { because: 'nobody has copied the stamp', truth: { machines: [machine, copy] }, kinds: ['doubled'] },
    { because: 'a volume was left', truth: { leftovers: ['a: u2.root'] }, kinds: ['stuck'] },
    {
      because: 'it is said that it cannot follow to another hypervisor',
      truth: { objects: [{ ...object, wish: { ...said, provider: 'other' }, ready: mismatched }] },
      wanted: { ...wish, provider: 'other' },
      kinds: [],
    },
    {
      because: 'it was not rebound to the other way to its hypervisor',
      truth: { objects: [{ ...object, wish: { ...said, provider: 'lab-too' } }] },
      wanted: { ...wish, provider: 'lab-too' },
      kinds: ['stuck'],
    },
    {
      because: 'it happened on the way',
      truth: { incidents: [{ kind: 'doubled', message: 'two at once' }] },
      kinds: ['doubled'],
    },
  ])('finds $kinds: $because', ({ truth, kinds, ...given }) => {
    const wanted = new Map([['vm-1', 'wanted' in given ? given.wanted : wish]]);
    expect(checkTruth({ ...calm, ...truth }, wanted).map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe('the script of a seed', () => {
  it('is the same for the same seed, and of the size that is asked for', () => {
    const [first, again, other] = [composeScenario(7), composeScenario(7), composeScenario(8)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    for (let seed = 0; seed < 50; seed += 1) {
      const { lines } = composeScenario(seed);
      const operations = lines.flatMap(({ operation }) => operation ?? []);
      const faults = lines.filter(({ fault }) => fault);
      const names = new Set(operations.map(({ vm }) => vm));
      expect([operations.length >= 200, faults.length >= 5, names.size >= 20]).toEqual([true, true, true]);
    }
  });

  it('has every kind of fault, over some seeds, and only those that the level knows', () => {
    const columnsOf = (scale = defaultScale) =>
      new Set(
        Array.from({ length: 60 }, (_none, seed) => composeScenario(seed, scale).lines)
          .flat()
          .flatMap(({ fault }) => (fault ? columnOf(fault) : [])),
      );
    expect(columnsOf()).toEqual(new Set(faultColumns));
    expect(columnsOf({ ...defaultScale, columns: ['kill manager'] })).toEqual(new Set(['kill manager']));
  });
});

describe('the report', () => {
  it('counts runs by what went wrong, and names the cells that nothing has struck', () => {
    const problems = [
      { kind: 'lost', message: '' },
      { kind: 'lost', message: '' },
    ] as const;
    expect(
      summarize([
        { seed: 1, problems: [] },
        { seed: 2, problems },
      ]),
    ).toEqual({
      runs: 2,
      lost: 1,
      doubled: 0,
      stuck: 0,
      failingSeeds: [2],
    });
    const matrix = new Matrix();
    matrix.add(
      ['lag'],
      rpcs.slice(1).map((rpc) => ({ column: 'lag', rpc })),
    );
    expect(matrix.empty()).toEqual([`lag x ${rpcs[0]}`]);
    expect(matrix.toString().split('\n')).toHaveLength(rpcs.length + 1);
  });
});
