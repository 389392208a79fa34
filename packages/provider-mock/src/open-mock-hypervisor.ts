import { randomUUID } from 'node:crypto';
import { HypervisorError } from './hypervisor/hypervisor-error.ts';
import type { Fault, Knobs, KnobSettings } from './hypervisor/knobs.ts';
import { MockHypervisor } from './hypervisor/mock-hypervisor.ts';
import type { Hardware, ImageRecord, Nic, OwnerStamp, Power, VmRecord, VolumeRecord } from './hypervisor/records.ts';
import { emptyPlacement, plainHardware } from './hypervisor/defaults.ts';

/** A fault as it is written: whatever is left out has its default. */
export type FaultSetting = NonNullable<KnobSettings['faults']>[number];

/** What somebody does to a VM behind everybody's back. */
export interface BackdoorChange {
  readonly name?: string;
  readonly power?: Power;
  /** Why it is in that state; without, that nobody says. */
  readonly powerReason?: VmRecord['powerReason'];
  /** null: it is reached again. */
  readonly connection?: NonNullable<VmRecord['connection']> | null;
  /** null: nothing is asked any more. */
  readonly question?: string | null;
  /** Acts on what the VM has now and on what it will have at the next start. */
  readonly hardware?: Partial<Hardware>;
  readonly nics?: readonly Nic[];
  readonly tags?: Readonly<Record<string, string>>;
  /** null takes the stamp away. */
  readonly owner?: OwnerStamp | null;
}

/** A VM that somebody makes by hand. */
export interface ForeignVm extends BackdoorChange {
  readonly name: string;
  /** A fresh UUID when left out. */
  readonly id?: string;
}

/**
 * The hypervisor itself, past every provider: what tests ask for the truth, and how they make things happen that no provider did.
 * It reads the state directory anew at each call, holds no process and needs no closing. Names are accepted wherever ids are.
 */
export interface MockHypervisorAccess {
  readonly directory: string;
  readonly id: string;
  vms(): Promise<readonly VmRecord[]>;
  vm(nameOrId: string): Promise<VmRecord | undefined>;
  volumes(): Promise<readonly VolumeRecord[]>;
  images(): Promise<readonly ImageRecord[]>;
  /** Makes a VM that nobody owns, unless `owner` says so. */
  define(vm: ForeignVm): Promise<VmRecord>;
  change(nameOrId: string, change: BackdoorChange): Promise<VmRecord>;
  /** Removes the VM, and with it its volumes unless they are to be left. */
  remove(nameOrId: string, options?: { readonly keepVolumes?: boolean }): Promise<void>;
  /** Copies a VM as a console would: the stamp comes along and names the original. */
  copy(nameOrId: string, name: string): Promise<VmRecord>;
  removeImage(id: string): Promise<void>;
  readKnobs(): Promise<Knobs>;
  /** Sets some knobs and leaves the others; every process sees them at its next call. */
  setKnobs(settings: KnobSettings): Promise<void>;
  /** Adds faults, or replaces those of the same id. How often one has struck is counted under its id. */
  addFaults(...faults: readonly FaultSetting[]): Promise<void>;
  clearFaults(): Promise<void>;
}

/** Opens a state directory, and makes it when it is not there. */
export async function openMockHypervisor(directory: string): Promise<MockHypervisorAccess> {
  return accessTo(await MockHypervisor.open(directory));
}

/** The same for a hypervisor that is open already. */
export function accessTo(hypervisor: MockHypervisor): MockHypervisorAccess {
  const { directory } = hypervisor;
  const find = async (nameOrId: string): Promise<VmRecord | undefined> =>
    (await hypervisor.allVms()).find(({ id, name }) => id === nameOrId || name === nameOrId);
  const get = async (nameOrId: string): Promise<VmRecord> => {
    const vm = await find(nameOrId);
    if (!vm) throw new HypervisorError('NoSuchVm', `there is no VM ${nameOrId} in ${directory}`);
    return vm;
  };
  const faults = async (): Promise<readonly Fault[]> => (await hypervisor.knobs.read()).faults;

  return {
    directory,
    id: hypervisor.id,
    vms: () => hypervisor.allVms(),
    vm: find,
    volumes: async () => [...(await hypervisor.volumes.list()).values()],
    images: async () => [...(await hypervisor.images.list()).values()],
    define: (vm) => hypervisor.define(changed(blankVm(vm.id ?? randomUUID(), vm.name), vm)),
    change: async (nameOrId, change) => hypervisor.change((await get(nameOrId)).id, (vm) => changed(vm, change)),
    remove: async (nameOrId, options) => {
      const { id } = await get(nameOrId);
      await hypervisor.undefine(id);
      if (options?.keepVolumes) return;
      for (const { name } of await hypervisor.volumesOf(id)) await hypervisor.removeVolume(id, name);
    },
    copy: async (nameOrId, name) => hypervisor.define({ ...(await get(nameOrId)), id: randomUUID(), name }),
    removeImage: async (id) => void (await hypervisor.images.update(id, () => null)),
    readKnobs: () => hypervisor.knobs.read(),
    setKnobs: (settings) => hypervisor.knobs.set(settings),
    addFaults: async (...added) => {
      const kept = (await faults()).filter(({ id }) => !added.some((fault) => fault.id === id));
      await hypervisor.knobs.set({ faults: [...kept, ...added] });
    },
    clearFaults: () => hypervisor.knobs.set({ faults: [] }),
  };
}

function blankVm(id: string, name: string): VmRecord {
  return {
    id,
    name,
    lifecycle: 'ready',
    power: 'off',
    configured: plainHardware,
    nics: [],
    tags: {},
    extension: {},
    placement: emptyPlacement,
    hostname: name,
    bootMs: 0,
    handled: [],
  };
}

function changed(vm: VmRecord, change: BackdoorChange): VmRecord {
  const { live, stamp, bootedAt, offAt: _offAt, powerReason: _powerReason, connection, question, ...rest } = vm;
  const power = change.power ?? vm.power;
  const configured = { ...vm.configured, ...change.hardware };
  return withoutEmpty({
    ...rest,
    name: change.name ?? vm.name,
    power,
    configured,
    nics: change.nics ?? vm.nics,
    tags: change.tags ?? vm.tags,
    powerReason: change.powerReason,
    live: power === 'off' ? undefined : { ...(live ?? configured), ...change.hardware },
    bootedAt: power !== 'on' ? undefined : vm.power === 'on' ? bootedAt : Date.now(),
    stamp: change.owner === undefined ? stamp : change.owner && { carrier: vm.id, owner: change.owner },
    connection: change.connection === undefined ? connection : change.connection,
    question: change.question === undefined ? question : change.question,
  });
}

type Emptiable<T> = { [K in keyof T]: undefined extends T[K] ? T[K] | null | undefined : T[K] };

/** The record without members that hold nothing: what is not there is left out of its file. */
function withoutEmpty(vm: Emptiable<VmRecord>): VmRecord {
  return Object.fromEntries(
    Object.entries(vm).filter(([, value]) => value !== undefined && value !== null),
  ) as unknown as VmRecord;
}
