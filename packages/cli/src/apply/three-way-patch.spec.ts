import { describe, expect, it } from '@jest/globals';
import { lastAppliedOf, withLastApplied } from './last-applied.ts';
import { threeWayPatch } from './three-way-patch.ts';

describe('threeWayPatch', () => {
  it.each([
    {
      because: 'nothing differs',
      states: { last: { a: 1 }, live: { a: 1, b: 2 }, wanted: { a: 1 } },
      patch: undefined,
    },
    { because: 'a value differs', states: { last: { a: 1 }, live: { a: 1 }, wanted: { a: 2 } }, patch: { a: 2 } },
    {
      because: 'somebody changed it behind us',
      states: { last: { a: 1 }, live: { a: 3 }, wanted: { a: 1 } },
      patch: { a: 1 },
    },
    {
      because: 'we no longer want it',
      states: { last: { a: 1, b: 2 }, live: { a: 1, b: 2 }, wanted: { a: 1 } },
      patch: { b: null },
    },
    {
      because: 'it is gone already',
      states: { last: { a: 1, b: 2 }, live: { a: 1 }, wanted: { a: 1 } },
      patch: undefined,
    },
    {
      because: 'others wrote it',
      states: { last: { a: 1 }, live: { a: 1, b: 2 }, wanted: { a: 1 } },
      patch: undefined,
    },
    {
      because: 'nobody knows what was applied',
      states: { last: undefined, live: { b: 2 }, wanted: { a: 1 } },
      patch: { a: 1 },
    },
    {
      because: 'only what differs is named',
      states: {
        last: { spec: { x: { p: 1, q: 1 }, y: 1 } },
        live: { spec: { x: { p: 1, q: 1, r: 1 }, y: 1 }, status: {} },
        wanted: { spec: { x: { p: 2 }, y: 1 } },
      },
      patch: { spec: { x: { q: null, p: 2 } } },
    },
    {
      because: 'a list is replaced',
      states: { last: { a: [1] }, live: { a: [1, 2] }, wanted: { a: [1] } },
      patch: { a: [1] },
    },
    {
      because: 'an object takes the place of a value',
      states: { last: { a: 1 }, live: { a: 1 }, wanted: { a: { b: 1 } } },
      patch: { a: { b: 1 } },
    },
    { because: 'an empty object is one', states: { last: {}, live: {}, wanted: { a: {} } }, patch: { a: {} } },
    {
      because: 'null means absent',
      states: { last: { a: 1 }, live: { a: 1 }, wanted: { a: null } },
      patch: { a: null },
    },
  ])('answers $patch because $because', ({ states, patch }) => {
    expect(threeWayPatch(states)).toEqual(patch);
  });
});

describe('what was applied last', () => {
  const manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', annotations: { own: 'x' } } };

  it('is noted where kubectl notes it, without itself', () => {
    const noted = withLastApplied(withLastApplied(manifest));
    expect(lastAppliedOf(noted)).toEqual(manifest);
    expect(Object.keys(noted.metadata.annotations ?? {})).toEqual([
      'own',
      'kubectl.kubernetes.io/last-applied-configuration',
    ]);
  });

  it.each([{}, { 'kubectl.kubernetes.io/last-applied-configuration': '{' }])('is unknown of %p', (annotations) => {
    expect(lastAppliedOf({ metadata: { annotations } })).toBeUndefined();
  });
});
