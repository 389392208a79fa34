import type { Chance } from './random.ts';
import {
  mutations,
  providerNames,
  rpcs,
  type Component,
  type Fault,
  type FaultColumn,
  type HypervisorName,
  type Rpc,
} from './scenario.ts';
import type { Scale } from './compose.ts';

/** Chooses a run's faults, of any kind that the level knows. Pure. */
export function composeFaults(
  chance: Chance,
  { faults, columns, aims, names }: Pick<Scale, 'faults' | 'columns' | 'aims'> & { readonly names: readonly string[] },
): readonly Fault[] {
  const count = chance.integer(faults.least, faults.most);
  return Array.from({ length: count }, () => composeFault(chance, chance.pick(columns), { aims, names }));
}

function composeFault(
  chance: Chance,
  column: FaultColumn,
  { aims, names }: Pick<Scale, 'aims'> & { readonly names: readonly string[] },
): Fault {
  const aim = aims.length > 0 ? chance.pick(aims) : aimOf(chance);
  const hypervisor: HypervisorName = chance.percent(70) ? 'a' : 'b';
  switch (column) {
    case 'kill manager':
    case 'kill apiserver':
    case 'kill provider':
      return { kind: 'kill', target: targetOf(chance, column), aim, forMs: chance.integer(100, 20_000) };
    case 'stop manager':
      // Long enough for another to lead, or hardly.
      return { kind: 'stop', target: targetOf(chance, column), aim, forMs: chance.integer(1_000, 40_000) };
    case 'stop apiserver':
    case 'stop provider':
      return { kind: 'stop', target: targetOf(chance, column), aim, forMs: chance.integer(500, 25_000) };
    case 'drop-reply':
    case 'duplicate':
      return { kind: column, aim, times: chance.integer(1, 4), forMs: chance.integer(10_000, 60_000) };
    case 'late-call':
      return {
        kind: column,
        aim: aims.length === 0 && chance.percent(80) ? chance.pick(mutations) : aim,
        forMs: 60_000,
      };
    case 'lag':
      return { kind: column, lagMs: chance.integer(500, 5_000), forMs: chance.integer(10_000, 60_000) };
    case 'partial-list':
      return { kind: column, hypervisor, percent: chance.integer(5, 100), forMs: chance.integer(5_000, 60_000) };
    case 'blind':
      return { kind: column, target: chance.pick(providerNames), forMs: chance.integer(1_000, 60_000) };
    case 'copied-stamp':
      return { kind: column, vm: chance.pick(names), forMs: chance.integer(10_000, 60_000) };
    case 'watch-reset':
      return { kind: column, expire: chance.percent(50), forMs: chance.integer(1_000, 30_000) };
    case 'vanish':
      return { kind: column, hypervisor, forMs: chance.integer(1_000, 90_000) };
  }
}

/** Calls that change something are where most can go wrong. */
function aimOf(chance: Chance): Rpc {
  return chance.percent(60) ? chance.pick(mutations) : chance.pick(rpcs);
}

function targetOf(chance: Chance, column: FaultColumn): Component {
  if (column.endsWith('manager')) return chance.pick(['manager-1', 'manager-2']);
  return column.endsWith('apiserver') ? 'apiserver' : chance.pick(providerNames);
}
