import { createHash } from 'node:crypto';
import type {
  HypervisorState,
  KnobListener,
  Reservation,
} from '../../../packages/provider-mock/src/hypervisor/hypervisor-state.ts';
import { parseKnobs, type Knobs, type KnobSettings } from '../../../packages/provider-mock/src/hypervisor/knobs.ts';
import type { RecordListener, RecordStore } from '../../../packages/provider-mock/src/hypervisor/record-store.ts';
import type { ImageRecord, VmRecord, VolumeRecord } from '../../../packages/provider-mock/src/hypervisor/records.ts';
import type { HypervisorName } from '../scenario/scenario.ts';
import type { EventLoop, SimProcess } from './event-loop.ts';
import type { Weather } from './weather.ts';

type Kind = 'vms' | 'volumes' | 'images' | 'names';

interface Watcher {
  readonly of: Kind | 'knobs';
  readonly process: SimProcess;
  readonly changed: (key: string) => void;
}

/** Told of each change of a machine, at the moment when it is durable. */
export type VmChanged = (before: VmRecord | undefined, after: VmRecord | undefined) => void;

/** A hypervisor's disk in memory: it outlives whatever process works on it. Each access is an event of its own, so that a kill may fall between any two. */
export class MemoryHypervisor {
  readonly name: HypervisorName;
  readonly id: string;
  readonly #loop: EventLoop;
  readonly #weather: Weather;
  readonly #records: Readonly<Record<Kind, Map<string, object>>> = {
    vms: new Map(),
    volumes: new Map(),
    images: new Map(),
    names: new Map(),
  };
  readonly #watchers = new Set<Watcher>();
  readonly #blinded = new Set<string>();
  readonly #births = new Map<string, number>();
  #settings: KnobSettings = {};
  #knobs: Knobs = parseKnobs({}, 'the simulation');
  #born = 0;
  vmChanged: VmChanged = () => undefined;

  constructor(name: HypervisorName, loop: EventLoop, weather: Weather) {
    this.name = name;
    this.id = createHash('sha256').update(name).digest('hex').slice(0, 16);
    this.#loop = loop;
    this.#weather = weather;
  }

  /** The state as a process sees it. */
  stateFor(process: SimProcess): HypervisorState {
    return {
      place: `hypervisor ${this.name}`,
      id: this.id,
      knobs: {
        read: async () => (this.#blinded.has(process.name) ? { ...this.#knobs, blind: true } : this.#knobs),
        set: async (settings) => this.setKnobs(settings),
      },
      vms: this.#store<VmRecord>('vms', process),
      volumes: this.#store<VolumeRecord>('volumes', process),
      images: this.#store<ImageRecord>('images', process),
      names: this.#store<Reservation>('names', process),
      countStrike: async () => true,
      watchKnobs: ({ changed }: KnobListener) => this.#watch({ of: 'knobs', process, changed: () => changed() }),
    };
  }

  /** All machines, past everybody. */
  vms(): readonly VmRecord[] {
    return [...this.#records.vms.values()] as VmRecord[];
  }

  volumes(): readonly VolumeRecord[] {
    return [...this.#records.volumes.values()] as VolumeRecord[];
  }

  /** Counts how often machines were made: tells one from another of the same id. */
  birthOf(id: string): string {
    return String(this.#births.get(id) ?? 0);
  }

  /** Makes a machine, past everybody, as somebody at the console does. */
  define(vm: VmRecord): void {
    this.#put('vms', vm.id, vm);
  }

  /** Turns knobs, for everybody. */
  setKnobs(settings: KnobSettings): void {
    this.#settings = { ...this.#settings, ...settings };
    this.#knobs = parseKnobs(this.#settings, 'the simulation');
    this.#tell('knobs', '');
  }

  /** Lets one provider see nothing, or see again. */
  blind(processName: string, isBlind: boolean): void {
    if (isBlind) this.#blinded.add(processName);
    else this.#blinded.delete(processName);
    this.#tell('knobs', '');
  }

  #store<T extends object>(kind: Kind, process: SimProcess): RecordStore<T> {
    const records = this.#records[kind] as Map<string, T>;
    return {
      get: (key) => this.#access(process, () => records.get(key)),
      list: (prefix = '') =>
        this.#access(
          process,
          () => new Map([...records].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1))),
        ),
      // Machines are labelled with the owner that their stamp names.
      labelled: (label) =>
        this.#access(process, () =>
          [...records.values()].filter((record) => (record as Partial<VmRecord>).stamp?.owner.uid === label),
        ),
      update: (key, change) =>
        this.#access(process, () => {
          const current = records.get(key);
          const wanted = change(current) ?? undefined;
          if (wanted !== current) this.#put(kind, key, wanted);
          return wanted;
        }),
      watch: ({ changed }: RecordListener) => this.#watch({ of: kind, process, changed: (key) => changed(key) }),
    };
  }

  #access<R>(process: SimProcess, act: () => R): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#loop.schedule(this.#weather.diskMs(), process, () => {
        try {
          resolve(act());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  #put(kind: Kind, key: string, value: object | undefined): void {
    const records = this.#records[kind];
    const before = records.get(key);
    if (value) records.set(key, value);
    else records.delete(key);
    if (kind === 'vms') {
      if (!before && value) this.#births.set(key, (this.#born += 1));
      this.vmChanged(before as VmRecord | undefined, value as VmRecord | undefined);
    }
    this.#tell(kind, key);
  }

  #watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #tell(what: Watcher['of'], key: string): void {
    for (const watcher of this.#watchers) {
      const { of, process, changed } = watcher;
      if (process.state === 'dead') this.#watchers.delete(watcher);
      else if (of === what)
        this.#loop.schedule(this.#weather.diskMs(), process, () => {
          if (this.#watchers.has(watcher)) this.#loop.as(process, () => changed(key));
        });
    }
  }
}
