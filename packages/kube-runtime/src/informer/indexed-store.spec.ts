import { beforeEach, describe, expect, it } from '@jest/globals';
import type { KubeObject, ObjectKey } from '../api/kube-object.ts';
import { objectKey } from '../api/kube-object.ts';
import { IndexedStore } from './indexed-store.ts';

interface Thing extends KubeObject {
  readonly colour: string;
}

function thing(name: string, version: number, colour = 'red', uid = name): Thing {
  return {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { namespace: 'ns', name, uid, resourceVersion: String(version) },
    colour,
  };
}

function listed(...things: Thing[]): ReadonlyMap<ObjectKey, Thing> {
  return new Map(things.map((one) => [objectKey(one.metadata), one]));
}

describe('IndexedStore', () => {
  let store: IndexedStore<Thing>;

  beforeEach(() => {
    store = new IndexedStore<Thing>({ colour: ({ colour }) => colour.split(',') });
    store.replace(listed(thing('a', 10), thing('b', 11, 'blue')), { version: '20', mark: 0 });
  });

  it('finds by key and by every value of an index', () => {
    store.put(thing('c', 21, 'red,blue'));
    expect(store.get('ns/c')?.colour).toBe('red,blue');
    expect(store.byIndex('colour', 'red').map((one) => one.metadata.name)).toEqual(['a', 'c']);
    expect(store.byIndex('colour', 'green')).toEqual([]);
    expect(() => store.byIndex('size', 'big')).toThrow(RangeError);
    expect(store.size).toBe(3);
  });

  it('counts what is filed under a value, and how often that came and went, not how often it was confirmed', () => {
    store.put(thing('c', 21, 'red'));
    store.put(thing('c', 22, 'red'));
    store.put(thing('a', 23, 'blue'));
    expect(store.countByIndex('colour', 'red')).toBe(1);
    expect(store.turnover('colour', 'red')).toEqual({ filed: 2, unfiled: 1 });
    expect(store.turnover('colour', 'green')).toEqual({ filed: 0, unfiled: 0 });
  });

  it('files an object anew when its values change, and takes it out when it is gone', () => {
    store.put(thing('a', 21, 'blue'));
    expect(store.byIndex('colour', 'red')).toEqual([]);
    store.remove(thing('a', 22, 'blue'));
    expect(store.byIndex('colour', 'blue').map((one) => one.metadata.name)).toEqual(['b']);
  });

  it('says what changed', () => {
    expect(store.put(thing('c', 21))).toMatchObject([{ type: 'added' }]);
    expect(store.put(thing('a', 22))).toMatchObject([
      { type: 'modified', previous: { metadata: { resourceVersion: '10' } } },
    ]);
    expect(store.put(thing('a', 22))).toEqual([]);
    expect(store.put(thing('a', 23, 'red', 'other-uid'))).toMatchObject([
      { type: 'deleted', object: { metadata: { uid: 'a' } } },
      { type: 'added', object: { metadata: { uid: 'other-uid' } } },
    ]);
    expect(store.remove(thing('a', 24))).toMatchObject([{ type: 'deleted' }]);
    expect(store.remove(thing('a', 24))).toEqual([]);
  });

  describe('with an own write overlaid', () => {
    it.each([
      { because: 'it is newer than the watch', version: 21, shown: 'mine', fresh: false },
      { because: 'the watch has passed it already', version: 20, shown: 'red', fresh: true },
    ])('shows $shown because $because', ({ version, shown, fresh }) => {
      store.overlay(thing('a', version, 'mine'));
      expect(store.get('ns/a')?.colour).toBe(shown);
      expect(store.fresh('ns/a')).toBe(fresh);
    });

    it.each([
      { because: 'the write itself arrives', then: () => store.put(thing('a', 25, 'seen')), shown: 'seen' },
      { because: 'something later arrives', then: () => store.put(thing('a', 26, 'seen')), shown: 'seen' },
      { because: 'a bookmark is past it', then: () => store.advance('25'), shown: 'red' },
      {
        because: 'another object shows that the watch is past it',
        then: () => store.put(thing('b', 30)),
        shown: 'red',
      },
      { because: 'the object is deleted', then: () => store.remove(thing('a', 26)), shown: undefined },
    ])('ends when $because', ({ then, shown }) => {
      store.overlay(thing('a', 25, 'mine'));
      then();
      expect(store.fresh('ns/a')).toBe(true);
      expect(store.get('ns/a')?.colour).toBe(shown);
    });

    it('still shows the write when an older event arrives, whose listeners hear of it nevertheless', () => {
      store.overlay(thing('a', 25, 'mine'));
      expect(store.put(thing('a', 22, 'stale'))).toMatchObject([{ type: 'modified' }]);
      expect(store.get('ns/a')?.colour).toBe('mine');
      expect(store.byIndex('colour', 'mine')).toHaveLength(1);
      expect(store.byIndex('colour', 'stale')).toHaveLength(0);
    });

    it('never raises the dead: the reply to the removal of the last finalizer comes after the deletion', () => {
      store.remove(thing('a', 25));
      store.overlay(thing('a', 24, 'mine'));
      expect(store.get('ns/a')).toBeUndefined();
      expect(store.size).toBe(1);
    });

    it('keeps the newer of two writes', () => {
      store.overlay(thing('a', 26, 'second'));
      store.overlay(thing('a', 25, 'first'));
      expect(store.get('ns/a')?.colour).toBe('second');
    });

    it('shows an object that we have just created', () => {
      store.overlay(thing('new', 25, 'mine'));
      expect(store.list().map((one) => one.metadata.name)).toEqual(['a', 'b', 'new']);
    });

    it('believes a list that began after the write, even if a restored server counts from before', () => {
      store.overlay(thing('a', 900, 'mine'));
      store.replace(listed(thing('a', 5, 'restored')), { version: '6', mark: store.mark() });
      expect(store.get('ns/a')?.colour).toBe('restored');
      expect(store.fresh('ns/a')).toBe(true);
    });

    it('outlives a list that began before the write', () => {
      const mark = store.mark();
      store.overlay(thing('a', 25, 'mine'));
      store.replace(listed(thing('a', 10)), { version: '24', mark });
      expect(store.get('ns/a')?.colour).toBe('mine');
    });

    it('is left out where versions are not numbers', () => {
      const odd = thing('a', 0, 'mine');
      store.overlay({ ...odd, metadata: { ...odd.metadata, resourceVersion: 'abc' } });
      expect(store.get('ns/a')?.colour).toBe('red');
    });
  });

  describe('with an own deletion overlaid', () => {
    beforeEach(() => {
      store.overlay(thing('a', 25, 'mine'));
      // As a real API server answers: the version of before.
      store.overlayDeletion(thing('a', 25, 'mine'));
    });

    it('hides the object, in indexes, too', () => {
      expect(store.get('ns/a')).toBeUndefined();
      expect(store.byIndex('colour', 'mine')).toEqual([]);
      expect(store.size).toBe(1);
      expect(store.fresh('ns/a')).toBe(false);
    });

    it.each([
      { because: 'an older event arrives', then: () => void store.put(thing('a', 24, 'stale')) },
      { because: 'the event of the write before it arrives', then: () => void store.put(thing('a', 25, 'mine')) },
      { because: 'the reply to a write before it arrives', then: () => void store.overlay(thing('a', 26, 'late')) },
      { because: 'the watch goes on', then: () => void store.put(thing('b', 30)) },
      {
        because: 'a list that began before it arrives',
        then: () => void store.replace(listed(thing('a', 25)), { version: '25', mark: 1 }),
      },
    ])('goes on to when $because', ({ then }) => {
      then();
      expect(store.get('ns/a')).toBeUndefined();
      expect(store.fresh('ns/a')).toBe(false);
    });

    it.each([
      { because: 'the deletion arrives', then: () => void store.remove(thing('a', 26)), shown: undefined },
      {
        because: 'a list lacks it',
        then: () => void store.replace(listed(thing('b', 11)), { version: '27', mark: 0 }),
        shown: undefined,
      },
      {
        because: 'it is made anew',
        then: () => void store.put(thing('a', 30, 'new', 'another')),
        shown: 'new',
      },
      {
        because: 'a list that began later still has it',
        then: () => void store.replace(listed(thing('a', 25, 'back')), { version: '27', mark: store.mark() }),
        shown: 'back',
      },
    ])('ends when $because', ({ then, shown }) => {
      then();
      expect(store.fresh('ns/a')).toBe(true);
      expect(store.get('ns/a')?.colour).toBe(shown);
    });

    it('is of one object: another one of the name stays', () => {
      store.overlayDeletion(thing('b', 11, 'blue', 'another'));
      expect(store.get('ns/b')?.colour).toBe('blue');
    });
  });
});
