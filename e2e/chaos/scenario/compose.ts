import { composeFaults } from './compose-faults.ts';
import { Chance } from './random.ts';
import {
  faultColumns,
  providerNames,
  type FaultColumn,
  type Line,
  type Operation,
  type Rpc,
  type Scenario,
  type Wish,
} from './scenario.ts';

/** How much happens in a run. */
export interface Scale {
  readonly vms: { readonly least: number; readonly most: number };
  readonly operations: number;
  readonly faults: { readonly least: number; readonly most: number };
  /** The mean time between two operations. */
  readonly paceMs: number;
  /** What machines are wanted to be: where it takes long until a guest is up, or down, they stay off. */
  readonly powers: readonly Wish['power'][];
  /** In so many runs of a hundred, most comes after a long rest, when what happens once a quarter of an hour is due. */
  readonly restPercent: number;
  /** What the level can inflict. */
  readonly columns: readonly FaultColumn[];
  /** The calls that faults aim at; none: mostly those that change something. */
  readonly aims: readonly Rpc[];
}

export const defaultScale: Scale = {
  vms: { least: 20, most: 26 },
  operations: 200,
  faults: { least: 8, most: 16 },
  paceMs: 1_000,
  powers: ['On', 'Off', 'OffGraceful'],
  restPercent: 0,
  columns: faultColumns,
  aims: [],
};

/** Writes the script that a seed stands for: the same seed and scale, the same script. Pure. */
export function composeScenario(seed: number, scale: Scale = defaultScale): Scenario {
  const chance = new Chance(Math.imul(seed, 0x9e3779b1) + 1);
  const fleet = new Fleet(chance.fork(), scale);
  const operations = Array.from({ length: scale.operations }, () => fleet.next());
  const names = [...new Set(operations.map(({ vm }) => vm))];
  const faults = composeFaults(chance.fork(), { ...scale, names });
  const when = chance.fork();
  const places = faults.map(() => when.integer(0, operations.length - 1)).sort((a, b) => a - b);
  const rest = chance.fork();
  const restsBefore = rest.percent(scale.restPercent) ? Math.floor(operations.length / 10) : undefined;
  const lines: Line[] = [];
  for (const [at, operation] of operations.entries()) {
    for (const [index, fault] of faults.entries()) {
      if (places[index] === at) lines.push({ afterMs: when.integer(0, scale.paceMs), fault });
    }
    const restMs = at === restsBefore ? rest.integer(restMinMs, restMaxMs) : 0;
    lines.push({ afterMs: restMs + gapMs(when, scale.paceMs), operation });
  }
  return { seed, lines };
}

/** Until shortly before the manager lists all machines to be sure, which it does after 13 to 17 minutes. */
const [restMinMs, restMaxMs] = [700_000, 900_000];

/** Bursts, and now and then a pause in which things come to rest. */
function gapMs(chance: Chance, paceMs: number): number {
  if (chance.percent(55)) return chance.integer(0, Math.ceil(paceMs / 20));
  return chance.percent(93) ? chance.integer(0, paceMs * 3) : chance.integer(paceMs * 5, paceMs * 15);
}

/** The machines as the script leaves them, and what is done to them next. */
class Fleet {
  readonly #chance: Chance;
  readonly #most: number;
  readonly #powers: Scale['powers'];
  readonly #there = new Map<string, Wish>();
  readonly #gone: string[] = [];
  #made = 0;
  #latest = '';

  constructor(chance: Chance, { vms, powers }: Scale) {
    this.#chance = chance;
    this.#powers = powers;
    this.#most = chance.integer(vms.least, vms.most);
  }

  /** Mostly applies until all are there; but some are changed, moved and deleted while the others are still made. */
  next(): Operation {
    const isGrowing = this.#made < this.#most;
    if (this.#there.size < 3 || this.#chance.percent(isGrowing ? 65 : this.#there.size < this.#most ? 25 : 0))
      return this.#apply();
    const vm = this.#whom();
    const wish = this.#there.get(vm) ?? newWish(this.#chance, this.#powers);
    const isNew = vm === this.#latest;
    switch (this.#chance.weighted(isNew ? { edit: 30, move: 35, delete: 35 } : { edit: 70, move: 12, delete: 18 })) {
      case 'edit':
        return this.#want({ kind: 'edit', vm, wish: edited(this.#chance, wish, this.#powers) });
      case 'move': {
        const others = providerNames.filter((name) => name !== wish.provider);
        return this.#want({ kind: 'move', vm, wish: { ...wish, provider: this.#chance.pick(others) } });
      }
      case 'delete':
        this.#there.delete(vm);
        this.#gone.push(vm);
        return { kind: 'delete', vm };
    }
  }

  /** Often the one that was applied last: what is half-made is where most can go wrong. */
  #whom(): string {
    if (this.#there.has(this.#latest) && this.#chance.percent(35)) return this.#latest;
    return this.#chance.pick([...this.#there.keys()]);
  }

  /** Sometimes under a name whose machine was deleted, and may still be there. */
  #apply(): Operation {
    const again = this.#made >= this.#most && this.#chance.percent(40) ? this.#gone.shift() : undefined;
    if (again === undefined) this.#made += 1;
    this.#latest = again ?? `vm-${String(this.#made)}`;
    return this.#want({ kind: 'apply', vm: this.#latest, wish: newWish(this.#chance, this.#powers) });
  }

  #want<O extends Exclude<Operation, { kind: 'delete' }>>(operation: O): O {
    this.#there.set(operation.vm, operation.wish);
    return operation;
  }
}

function newWish(chance: Chance, powers: Scale['powers']): Wish {
  return {
    provider: chance.pick(providerNames),
    image: chance.percent(60) ? 'template' : 'imported',
    cpu: chance.integer(1, 4),
    memoryGiB: chance.integer(1, 4),
    power: possible(powers, chance.percent(75) ? 'On' : 'Off'),
    tags: chance.percent(30) ? [`tag-${String(chance.integer(1, 9))}`] : [],
    disks: chance.percent(30) ? { data: chance.integer(1, 4) } : {},
    vanishedPolicy: chance.percent(50) ? 'Recreate' : 'Report',
  };
}

function possible(powers: Scale['powers'], wanted: Wish['power']): Wish['power'] {
  return powers.includes(wanted) ? wanted : (powers[0] ?? wanted);
}

function edited(chance: Chance, wish: Wish, possiblePowers: Scale['powers']): Wish {
  const other = (now: number) => 1 + ((now - 1 + chance.integer(1, 3)) % 4);
  switch (chance.weighted({ cpu: 25, memory: 25, power: 25, tags: 15, disks: 10 })) {
    case 'cpu':
      return { ...wish, cpu: other(wish.cpu) };
    case 'memory':
      return { ...wish, memoryGiB: other(wish.memoryGiB) };
    case 'power': {
      const powers = possiblePowers.filter((power) => power !== wish.power);
      if (powers.length === 0) return { ...wish, cpu: other(wish.cpu) };
      return { ...wish, power: chance.pick(powers) };
    }
    case 'tags':
      return { ...wish, tags: [`tag-${String(chance.integer(10, 99))}`] };
    case 'disks':
      return { ...wish, disks: editedDisks(chance, wish.disks) };
  }
}

/** One grows, one comes, or one goes; one that is made anew has a name of its own, since what is detached is kept. */
function editedDisks(chance: Chance, disks: Wish['disks']): Wish['disks'] {
  const names = Object.keys(disks);
  if (names.length === 0 || (names.length < 4 && chance.percent(50)))
    return { ...disks, [`data-${String(chance.integer(1_000, 9_999))}`]: chance.integer(1, 4) };
  const name = chance.pick(names);
  if (chance.percent(60)) return { ...disks, [name]: (disks[name] ?? 1) + 1 };
  return Object.fromEntries(Object.entries(disks).filter(([each]) => each !== name));
}
