import { beforeEach, describe, expect, it } from '@jest/globals';
import { aState, uid } from '../testing/builders.ts';
import { applyAudit } from './audit.ts';
import { Inventory } from './inventory.ts';
import { judgeShrink } from './shrink-guard.ts';

describe('Inventory', () => {
  let changed: string[];
  let freed: string[];
  let inventory: Inventory;
  const vm = aState();
  const gone = { id: vm.id, owner: vm.owner };

  beforeEach(() => {
    changed = [];
    freed = [];
    inventory = new Inventory({
      changed: (each) => changed.push(each),
      healthChanged: () => undefined,
      nameFreed: (name) => freed.push(name),
      confirmed: () => undefined,
    });
  });

  const listed = () => {
    inventory.upsert(vm);
    inventory.bookmark(true);
  };
  const describeAs = (answer: typeof vm | undefined) => inventory.described(inventory.describing(uid), answer);

  it('knows nothing before the first list, also of what was shown', () => {
    inventory.upsert(vm);
    expect(inventory.remote(uid)).toMatchObject({ kind: 'Unknown', why: 'NotListed', last: vm });
    inventory.bookmark(true);
    expect(inventory.remote(uid)).toEqual({ kind: 'Present', vm });
  });

  it('P04 what a list lacks is unknown, until a Describe says that it is absent', () => {
    listed();
    inventory.resync();
    expect(inventory.remote(uid).kind).toBe('Present');
    inventory.bookmark(true);
    expect(inventory.remote(uid)).toMatchObject({ kind: 'Unknown', why: 'MissingFromList' });
    expect(inventory.remote('never-seen').kind).toBe('Unknown');
    describeAs(undefined);
    expect(inventory.remote(uid)).toEqual({ kind: 'Absent', by: 'Describe' });
  });

  it('gone is a hint, and only for the carrier that is known', () => {
    listed();
    inventory.gone({ ...gone, id: 'another' });
    expect(inventory.remote(uid).kind).toBe('Present');
    inventory.gone(gone);
    expect(inventory.remote(uid)).toMatchObject({ kind: 'Unknown', why: 'Gone' });
    inventory.upsert(vm);
    expect(inventory.remote(uid).kind).toBe('Present');
  });

  it('a lost stream puts all in doubt; the next bookmark undoes it', () => {
    listed();
    inventory.lose('silence', 5);
    inventory.lose('something later', 9);
    expect(inventory.health).toEqual({ kind: 'Lost', why: 'silence', sinceMs: 5 });
    expect(inventory.remote(uid)).toMatchObject({ kind: 'Unknown', why: 'StreamLost' });
    inventory.bookmark(false);
    expect(inventory.remote(uid)).toEqual({ kind: 'Present', vm });
  });

  it('what a mutation touched is told by a Describe that began after it, and by nothing else', () => {
    listed();
    const before = inventory.describing(uid);
    inventory.touch(uid);
    inventory.described(before, vm);
    inventory.upsert(aState({ revision: 'r2' }));
    expect(inventory.remote(uid)).toMatchObject({ kind: 'Unknown', why: 'Touched' });
    describeAs(vm);
    expect(inventory.remote(uid).kind).toBe('Present');
  });

  it('an answer that an event has overtaken does not win', () => {
    listed();
    const token = inventory.describing(uid);
    inventory.upsert(aState({ revision: 'r2', cpus: 8 }));
    inventory.described(token, vm);
    expect(inventory.remote(uid)).toMatchObject({ vm: { cpus: 8 } });
    const absent = inventory.describing(uid);
    inventory.upsert(aState({ revision: 'r3' }));
    inventory.described(absent, undefined);
    expect(inventory.remote(uid).kind).toBe('Unknown');
  });

  it('a hint that arrives while a Describe is under way agrees with an absence, and with nothing else', () => {
    listed();
    const first = inventory.describing(uid);
    inventory.gone(gone);
    inventory.described(first, vm);
    expect(inventory.remote(uid)).toMatchObject({ kind: 'Unknown', why: 'Gone' });
    const second = inventory.describing(uid);
    inventory.gone(gone);
    inventory.described(second, undefined);
    expect(inventory.remote(uid)).toEqual({ kind: 'Absent', by: 'Describe' });
  });

  it('a uid that was bound just now is absent by the list', () => {
    inventory.bound(uid);
    expect(inventory.remote(uid).kind).toBe('Unknown');
    inventory.bookmark(true);
    inventory.bound('fresh');
    expect(inventory.remote('fresh')).toEqual({ kind: 'Absent', by: 'List' });
  });

  it('a second carrier of one stamp is doubtful', () => {
    listed();
    inventory.upsert(aState({ id: 'copy', revision: 'r2' }));
    expect(inventory.remote(uid)).toMatchObject({ kind: 'Unknown', why: 'SecondCarrier' });
  });

  it('P24 the same revision again wakes nobody', () => {
    listed();
    changed = [];
    inventory.upsert(vm);
    expect(changed).toEqual([]);
  });

  it('an audit takes over what differs, and doubts what is not there', () => {
    listed();
    inventory.upsert(aState({ id: 'vm-2', owner: { uid: 'second' } }));
    applyAudit(inventory, new Set(inventory.uids()), [aState({ cpus: 9, revision: 'r9' })]);
    expect(inventory.remote(uid)).toMatchObject({ vm: { cpus: 9 } });
    expect(inventory.remote('second')).toMatchObject({ kind: 'Unknown', why: 'Gone' });
  });
});

describe('judgeShrink', () => {
  const uids = (count: number) => Array.from({ length: count }, (_, index) => `u${String(index)}`);
  it.each([
    { expected: 5, missing: 3, shrunk: false, because: 'three may vanish at once' },
    { expected: 5, missing: 4, shrunk: true, because: 'four are too many' },
    { expected: 100, missing: 10, shrunk: false, because: 'a tenth may vanish' },
    { expected: 100, missing: 11, shrunk: true, because: 'more than a tenth is too many' },
  ])('$because', ({ expected, missing, shrunk }) => {
    const lost = new Set(uids(missing));
    const input = { expected: uids(expected), isMissing: (uid: string) => lost.has(uid), accepted: new Set<string>() };
    expect(judgeShrink(input).shrunk).toBe(shrunk);
    expect(judgeShrink({ ...input, accepted: lost }).shrunk).toBe(false);
  });
});
