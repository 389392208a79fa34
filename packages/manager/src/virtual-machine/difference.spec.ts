import { describe, expect, it } from '@jest/globals';
import type { PartialMessage, VirtualMachineState } from '@virtrigaud/grpc-contract/client';
import { aState, aVm } from '../testing/builders.ts';
import { buildSpec } from './desired/build-spec.ts';
import { differencesOf, driftPath } from './difference.ts';

const nic = {
  name: 'lan',
  network: 'n1',
  bridge: '',
  model: 'virtio',
  mac: '52:54:00:AA:BB:CC',
  vlan: 0,
  staticAddress: undefined,
};
const wantedSpec = (spec: object, nics?: readonly (typeof nic)[]) =>
  buildSpec({ vm: aVm({ spec }), vmClass: undefined, nics: nics && { items: [...nics] }, defaultDatastore: undefined });
const GiB = 2n ** 30n;

describe('differencesOf (P31)', () => {
  it.each([
    { because: 'all is as wanted', spec: {}, state: {}, expected: [] },
    { because: 'cpus differ', spec: {}, state: { cpus: 1 }, expected: ['compute.cpus 2 <- 1'] },
    {
      because: 'memory differs',
      spec: {},
      state: { memoryBytes: GiB },
      expected: ['compute.memory_bytes 2147483648 <- 1073741824'],
    },
    {
      because: 'what is configured and waits for a restart is no difference',
      spec: {},
      state: { cpus: 1, restartRequired: [{ field: 'compute.cpus', live: '1', configured: '2' }] },
      expected: [],
    },
    {
      because: 'what is configured wrongly is one, whatever is live',
      spec: {},
      state: { cpus: 2, restartRequired: [{ field: 'cpus', live: '2', configured: '3' }] },
      expected: ['compute.cpus 2 <- 3'],
    },
    {
      because: 'a root disk grows',
      spec: { rootDisk: { size: '4Gi' } },
      state: { disks: [{ name: 'root', root: true, sizeBytes: 2n * GiB }] },
      expected: ['root 4294967296 <- 2147483648'],
    },
    {
      because: 'a root disk without a wanted size is the image’s',
      spec: {},
      state: { disks: [{ name: 'root', root: true, sizeBytes: 2n * GiB }] },
      expected: [],
    },
    {
      because: 'a disk never shrinks',
      spec: { disks: [{ name: 'd', size: '1Gi' }] },
      state: { disks: [{ name: 'd', sizeBytes: 2n * GiB }] },
      expected: ['disks d=1073741824 <- d=2147483648 (shrink)'],
    },
    {
      because: 'a disk is missing',
      spec: { disks: [{ name: 'd', sizeGiB: 1 }] },
      state: {},
      expected: ['disks d <- none'],
    },
    {
      because: 'a detached disk is not attached',
      spec: { disks: [{ name: 'd', sizeGiB: 1 }] },
      state: { disks: [{ name: 'd', sizeBytes: GiB, detached: true }] },
      expected: ['disks d <- none'],
    },
    {
      because: 'a disk left the list',
      spec: {},
      state: { disks: [{ name: 'd', sizeBytes: GiB }] },
      expected: ['disks none <- d'],
    },
    {
      because: 'a disk that nobody named is nobody’s',
      spec: {},
      state: { disks: [{ name: '', sizeBytes: GiB }] },
      expected: [],
    },
    {
      because: 'tags are compared as sets',
      spec: { tags: ['b', 'a:1'] },
      state: { tags: { a: '1', b: '' } },
      expected: [],
    },
    { because: 'a tag differs', spec: { tags: ['a:1'] }, state: { tags: { a: '2' } }, expected: ['tags a:1 <- a:2'] },
  ] as readonly { because: string; spec: object; state: PartialMessage<VirtualMachineState>; expected: string[] }[])(
    '$because',
    ({ spec, state, expected }) => {
      const found = differencesOf(wantedSpec(spec), aState(state));
      expect(
        found.map(
          ({ path, wanted, found: has, impossible }) =>
            `${path} ${wanted} <- ${has}${impossible ? ` (${impossible})` : ''}`,
        ),
      ).toEqual(expected);
    },
  );

  it.each([
    {
      because: 'case of a MAC is no difference',
      nics: [{ name: 'lan', network: 'n1', model: 'virtio', mac: '52:54:00:aa:bb:cc' }],
      expected: [],
    },
    {
      because: 'another network',
      nics: [{ name: 'lan', network: 'n2', model: 'virtio', mac: nic.mac }],
      expected: ['lan network n1'],
    },
    { because: 'a card is missing', nics: [], expected: ['lan'] },
    {
      because: 'a card too many',
      nics: [
        { ...nic, addresses: [] },
        { name: 'wan', network: 'x' },
      ],
      expected: ['none'],
    },
  ])('cards: $because', ({ nics, expected }) => {
    const found = differencesOf(
      wantedSpec({}, [nic]),
      aState({
        nics: nics.map((each) => ({
          name: each.name,
          network: each.network,
          model: 'model' in each ? each.model : '',
          mac: 'mac' in each ? each.mac : '',
        })),
      }),
    );
    expect(found.map(({ wanted }) => wanted)).toEqual(expected);
  });

  it('cards are not compared where the provider chose them', () => {
    expect(differencesOf(wantedSpec({}), aState({ nics: [{ name: 'default', network: 'default' }] }))).toEqual([]);
  });

  it('understands how providers name fields', () => {
    const paths = ['cpus', 'memoryBytes', 'compute.memory_bytes', 'disks'].map((field) =>
      driftPath({ field, live: '', configured: '' }),
    );
    expect(paths).toEqual(['compute.cpus', 'compute.memory_bytes', 'compute.memory_bytes', 'disks']);
  });
});
