import { describe, expect, it } from '@jest/globals';
import { rendezvous } from './rendezvous.ts';

const instances = (...names: readonly string[]) => names.map((name) => ({ name }));
const subjects = Array.from(
  { length: 3_000 },
  (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
);

describe('rendezvous', () => {
  it('has nothing to choose among none', () => expect(rendezvous('a', [])).toBeUndefined());

  it('spreads over all, within a fifth of an equal share', () => {
    const counts = new Map<string, number>();
    for (const subject of subjects) {
      const name = rendezvous(subject, instances('0', '1', '2'))?.name ?? '';
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['0', '1', '2']);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(200);
  });

  it('moves only those of an instance that goes, whatever the order', () => {
    for (const subject of subjects) {
      const before = rendezvous(subject, instances('0', '1', '2'))?.name;
      const after = rendezvous(subject, instances('2', '0'))?.name;
      expect(before === '1' || before === after).toBe(true);
    }
  });
});
