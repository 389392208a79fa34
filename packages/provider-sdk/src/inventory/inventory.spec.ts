import { describe, expect, it } from '@jest/globals';
import { createMemoryLogger } from '@virtrigaud/service-kit';
import type { VmState } from '../domain/vm-state.ts';
import { Inventory } from './inventory.ts';

const vm = (id: string, power: VmState['power'] = 'On'): VmState => ({
  id,
  name: id,
  power,
  cpus: 1,
  memoryBytes: 1,
});

function anInventory() {
  const logger = createMemoryLogger();
  const inventory = new Inventory(logger);
  const since = (position: number) =>
    inventory.since(position)?.map((event) => `${event.kind} ${event.kind === 'Gone' ? event.was.id : event.vm.id}`);
  return { inventory, since, logger };
}

describe('Inventory', () => {
  it('records what changed, and nothing that did not', () => {
    const { inventory, since } = anInventory();
    inventory.upsert(vm('a'));
    inventory.upsert(vm('a'));
    inventory.upsert(vm('a', 'Off'));
    inventory.gone('a');
    inventory.gone('a');
    expect(since(0)).toEqual(['Upsert a', 'Upsert a', 'Gone a']);
    expect([since(3), since(4)]).toEqual([[], undefined]);
  });

  it('takes what a full list lacks for gone, but for what came while it was made', () => {
    const { inventory, since } = anInventory();
    inventory.upsert(vm('a'));
    const known = new Set(['a']);
    inventory.upsert(vm('new'));
    inventory.replaceAll(new Set(), known);
    expect(since(2)).toEqual(['Gone a']);
    expect(inventory.freshness.kind).toBe('Fresh');
  });

  it('keeps the last known while it is stale, since when it first was, and says so once', () => {
    const { inventory, logger } = anInventory();
    inventory.upsert(vm('a'));
    inventory.stale('no route');
    inventory.stale('still no route');
    expect(inventory.freshness).toMatchObject({ kind: 'Stale', reason: 'no route' });
    expect(inventory.all().map(({ id }) => id)).toEqual(['a']);
    expect(logger.entries).toHaveLength(1);
  });

  it('forgets the oldest events, and says so to who comes back for them', () => {
    const { inventory } = anInventory();
    for (let n = 0; n < 4_100; n += 1) inventory.upsert(vm('a', n % 2 === 0 ? 'On' : 'Off'));
    expect([inventory.position, inventory.oldest]).toEqual([4_100, 4]);
    expect([inventory.since(3), inventory.since(4)?.length]).toEqual([undefined, 4_096]);
  });

  it('wakes nobody for a list that says what was known: who is woken for nothing waits anew for its heartbeat', () => {
    const { inventory } = anInventory();
    inventory.upsert(vm('a'));
    let wakes = 0;
    inventory.onChange(() => {
      wakes += 1;
    });
    const list = () => inventory.replaceAll(new Set(['a']), new Set(['a']));
    list();
    expect(wakes).toBe(1);
    list();
    list();
    expect(wakes).toBe(1);
    inventory.stale('gone');
    list();
    expect(wakes).toBe(3);
  });

  it('wakes its readers until they leave', () => {
    const { inventory } = anInventory();
    let woken = 0;
    const leave = inventory.onChange(() => {
      woken += 1;
    });
    inventory.upsert(vm('a'));
    leave();
    inventory.upsert(vm('b'));
    expect(woken).toBe(1);
  });
});
