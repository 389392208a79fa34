import { describe, expect, it } from '@jest/globals';
import { Annotation } from '@virtrigaud/api-types';
import { providerObject } from '../testing/objects.ts';
import type { BoundVm } from './observe.ts';
import { Inventory } from '../inventory/inventory.ts';
import { isStillComplete, judgeInventory, type InventoryInput } from './shrink.ts';

const since = '2026-01-02T00:00:00Z';
const shrunkStatus = {
  conditions: [
    { type: 'InventoryComplete', status: 'False', reason: 'InventoryShrunk', message: '', lastTransitionTime: since },
  ],
};
const accepting = (value: string) => ({ metadata: { annotations: { [Annotation.AcceptInventory]: value } } });

function machines(count: number, change: Partial<BoundVm> = {}): BoundVm[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `shop/vm-${String(index)}`,
    uid: `uid-${String(index)}`,
    deleting: false,
    wasReady: true,
    vanished: false,
    binding: { providerUID: 'provider-uid' },
    ...change,
  }));
}

const all = () => true;
const judge = (input: Partial<InventoryInput>) =>
  judgeInventory({ provider: providerObject(), bound: machines(10), isMissing: all, memory: undefined, ...input });

describe('judgeInventory', () => {
  it('more than is believable is missing', () => {
    expect(judge({}).verdict.shrunk).toBe(true);
    expect(judge({ isMissing: (uid) => ['uid-0', 'uid-1', 'uid-2'].includes(uid) }).verdict.shrunk).toBe(false);
  });

  it('an acceptance of long ago accepts nothing after a restart', () => {
    const old = accepting('2025-06-01T00:00:00Z');
    expect(judge({ provider: providerObject(old) }).verdict.shrunk).toBe(true);
    expect(judge({ provider: providerObject({ ...old, status: shrunkStatus }) }).verdict.shrunk).toBe(true);
    expect(judge({ provider: providerObject(old), bound: machines(10, { vanished: true }) }).verdict.shrunk).toBe(
      false,
    );
  });

  it('an acceptance given while no manager ran counts', () => {
    const provider = providerObject({ ...accepting('2026-01-02T00:10:00Z'), status: shrunkStatus });
    expect(judge({ provider }).verdict.shrunk).toBe(false);
  });

  it('a new value accepts what is missing then, once, and nothing that goes missing later or again', () => {
    const { memory } = judge({});
    const provider = providerObject(accepting('now'));
    const half = (uid: string) => Number(uid.slice(4)) < 5;
    const accepted = judge({ provider, memory, isMissing: half });
    expect(accepted.verdict.shrunk).toBe(false);
    expect(judge({ provider, memory: accepted.memory, isMissing: half }).verdict.shrunk).toBe(false);
    expect(judge({ provider, memory: accepted.memory }).verdict.missing).toHaveLength(5);
    const recovered = judge({ provider, memory: accepted.memory, isMissing: () => false });
    expect(judge({ provider, memory: recovered.memory, isMissing: half }).verdict.shrunk).toBe(true);
  });

  it('machines that are deleted go missing, which is believed', () => {
    expect(judge({ bound: machines(10, { deleting: true }) }).verdict.shrunk).toBe(false);
  });

  it('whoever deletes what is missing does not make the inventory believed, also across a restart', () => {
    const { memory } = judge({});
    const bound = machines(10, { deleting: true });
    expect(judge({ bound, memory }).verdict.shrunk).toBe(true);
    expect(judge({ bound, provider: providerObject({ status: shrunkStatus }) }).verdict.shrunk).toBe(true);
    expect(judge({ bound, memory, isMissing: (uid) => uid === 'uid-1' }).verdict.shrunk).toBe(false);
  });
});

describe('isStillComplete', () => {
  const inventory = new Inventory({
    changed: () => undefined,
    healthChanged: () => undefined,
    nameFreed: () => undefined,
    confirmed: () => undefined,
  });
  const before = { inventory, losses: 5, turnover: { filed: 100, unfiled: 0 }, missing: 2, expected: 100 };
  const now = (change: { readonly filed?: number; readonly unfiled?: number; readonly losses?: number }) => ({
    inventory,
    losses: 5 + (change.losses ?? 0),
    turnover: { filed: 100 + (change.filed ?? 0), unfiled: change.unfiled ?? 0 },
  });

  it.each([
    { because: 'nothing has changed', now: now({}), expected: true },
    { because: 'eight of a hundred may be missing beside two', now: now({ filed: 8 }), expected: true },
    { because: 'the ninth machine that came since may be missing, too', now: now({ filed: 9 }), expected: false },
    { because: 'nine were lost', now: now({ losses: 9 }), expected: false },
    { because: 'some came and some were lost', now: now({ filed: 5, losses: 4 }), expected: false },
    { because: 'less are tolerated of less', now: now({ unfiled: 10, filed: 7 }), expected: true },
    { because: 'one more is more than that', now: now({ unfiled: 10, filed: 8 }), expected: false },
  ])('is $expected: $because', ({ now: counts, expected }) => {
    expect(isStillComplete(before, counts)).toBe(expected);
  });

  it('says nothing of another inventory, or of one that was never judged', () => {
    const another = new Inventory({
      changed: () => undefined,
      healthChanged: () => undefined,
      nameFreed: () => undefined,
      confirmed: () => undefined,
    });
    expect(isStillComplete(before, { ...now({}), inventory: another })).toBe(false);
    expect(isStillComplete(undefined, now({}))).toBe(false);
  });

  it('P10 every way in which a machine goes missing is counted', () => {
    const lossy = new Inventory({
      changed: () => undefined,
      healthChanged: () => undefined,
      nameFreed: () => undefined,
      confirmed: () => undefined,
    });
    const counted = (act: () => void) => {
      const was = lossy.losses;
      act();
      return lossy.losses > was;
    };
    lossy.bookmark(true);
    expect(counted(() => void lossy.describing('a'))).toBe(true);
    expect(counted(() => lossy.described(lossy.describing('b'), undefined))).toBe(true);
    lossy.bound('c');
    expect(counted(() => lossy.gone({ id: '', owner: { uid: 'c' } } as never))).toBe(true);
    expect(counted(() => lossy.forget('c'))).toBe(true);
    lossy.bound('d');
    lossy.resync();
    expect(counted(() => lossy.bookmark(true))).toBe(true);
  });
});
