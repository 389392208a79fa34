import { beforeEach, describe, expect, it } from '@jest/globals';
import { aState, uid } from '../testing/builders.ts';
import { applyAudit } from './audit.ts';
import { Inventory } from './inventory.ts';

describe('a machine whose object is gone', () => {
  let inventory: Inventory;
  let freed: string[];
  const vm = aState();
  const shown = () => inventory.unowned().map(({ id }) => id);

  beforeEach(() => {
    freed = [];
    inventory = new Inventory({
      changed: () => undefined,
      healthChanged: () => undefined,
      nameFreed: (name) => freed.push(name),
      confirmed: () => undefined,
    });
    inventory.upsert(vm);
    inventory.bookmark(true);
  });

  it('is not taken for another that has no id yet, either', () => {
    const halfMade = (owner: string) => aState({ id: '', name: owner, owner: { ...vm.owner, uid: owner } });
    inventory.upsert(halfMade('one'));
    inventory.upsert(halfMade('two'));
    expect(['one', 'two'].map((owner) => inventory.remote(owner).kind)).toEqual(['Present', 'Present']);
    inventory.gone({ id: '', owner: { ...aState().owner, uid: 'two' } as never });
    expect(['one', 'two'].map((owner) => inventory.remote(owner).kind)).toEqual(['Present', 'Unknown']);
  });

  it('stays known as it was seen, also after a mutation whose end nobody heard of', () => {
    expect(shown()).toEqual([]);
    inventory.touch(uid);
    inventory.forget(uid);
    expect(shown()).toEqual([vm.id]);
    inventory.upsert(aState({ name: 'renamed', revision: 'r2' }));
    expect(inventory.unowned()).toMatchObject([{ name: 'renamed' }]);
  });

  it.each([
    { because: 'the stream says so', end: () => inventory.gone({ id: vm.id, owner: vm.owner }) },
    {
      because: 'a list lacks it',
      end: () => {
        inventory.resync();
        inventory.bookmark(true);
      },
    },
    { because: 'an audit misses it', end: () => applyAudit(inventory, new Set(inventory.uids()), []) },
    {
      because: 'another object has taken it over',
      end: () => inventory.upsert(aState({ owner: { ...vm.owner, uid: 'heir' }, revision: 'r2' })),
    },
  ])('leaves nothing behind when it is gone because $because', ({ end }) => {
    inventory.forget(uid);
    end();
    expect(shown()).toEqual([]);
    expect(inventory.uids()).not.toContain(uid);
    expect(inventory.remote(uid)).toMatchObject({ kind: 'Unknown', why: 'MissingFromList' });
  });

  it.each([
    { because: 'it was gone before its object', before: () => inventory.gone({ id: vm.id, owner: vm.owner }) },
    { because: 'it was never seen', before: () => inventory.described(inventory.describing(uid), undefined) },
  ])('is not known where $because', ({ before }) => {
    before();
    inventory.forget(uid);
    expect(shown()).toEqual([]);
    expect(inventory.uids()).toEqual([]);
  });

  it('is not told of while nothing can be believed', () => {
    inventory.forget(uid);
    inventory.lose('silence', 5);
    expect(shown()).toEqual([]);
    inventory.bookmark(false);
    expect(shown()).toEqual([vm.id]);
  });

  it('counts as lost when it is gone, and not before: an inventory does not shrink by a deleted object', () => {
    const { losses } = inventory;
    inventory.forget(uid);
    inventory.forget(uid);
    inventory.forget('never-seen');
    expect(inventory.losses).toBe(losses);
    inventory.gone({ id: vm.id, owner: vm.owner });
    expect(inventory.losses).toBe(losses + 1);
    expect(freed).toEqual([vm.name]);
  });

  it('is of somebody again when somebody works with it', () => {
    inventory.forget(uid);
    inventory.described(inventory.describing(uid), vm);
    expect(shown()).toEqual([]);
    inventory.gone({ id: vm.id, owner: vm.owner });
    expect(inventory.remote(uid)).toMatchObject({ kind: 'Unknown', why: 'Gone', last: vm });
  });

  it('that changes hands at the hypervisor is gone for its former owner, who has to look', () => {
    inventory.upsert(aState({ owner: { ...vm.owner, uid: 'heir' }, revision: 'r2' }));
    expect(inventory.remote(uid)).toMatchObject({ kind: 'Unknown', why: 'Gone' });
    expect(inventory.remote('heir').kind).toBe('Present');
    inventory.forget(uid);
    expect(shown()).toEqual([]);
    inventory.gone({ id: vm.id, owner: undefined });
    expect(inventory.remote('heir')).toMatchObject({ why: 'Gone' });
  });
});
