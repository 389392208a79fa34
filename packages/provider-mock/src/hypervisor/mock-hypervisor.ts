import { setTimeout as delay } from 'node:timers/promises';
import { FaultInjector } from './fault-injector.ts';
import type { Subject } from './fault-injector.ts';
import { settledAt } from './guest.ts';
import { HypervisorError } from './hypervisor-error.ts';
import type { HypervisorState } from './hypervisor-state.ts';
import type { KnobSettings } from './knobs.ts';
import { NameTable } from './name-table.ts';
import { openDirectory } from './open-directory.ts';
import type { RecordStore } from './record-store.ts';
import { volumeKey } from './records.ts';
import type { ImageRecord, VmRecord, VolumeRecord } from './records.ts';
import { watchState } from './watch-state.ts';
import type { HypervisorEvent } from './watch-state.ts';

/** The version that this hypervisor says it is. */
export const hypervisorVersion = '1.0.0';

/**
 * A hypervisor that is a directory. Several processes may hold it open: each change is one atomic, durable step, and all that is
 * known lies in the directory, so that any of them may be killed at any time. It knows VMs, volumes and images, and nothing of
 * gRPC, tasks or the contract.
 */
export class MockHypervisor {
  readonly #state: HypervisorState;
  readonly #names: NameTable;
  readonly #faults: FaultInjector;

  constructor(state: HypervisorState) {
    this.#state = state;
    this.#faults = new FaultInjector(state);
    this.#names = new NameTable(state.names, async (id) => (await this.vms.get(id)) !== undefined);
  }

  /** @param defaults - knobs that hold where the directory's own do not say otherwise. */
  static async open(directory: string, defaults: KnobSettings = {}): Promise<MockHypervisor> {
    return new MockHypervisor(await openDirectory(directory, defaults));
  }

  get directory(): string {
    return this.#state.place;
  }

  /** Stable for the state's life: the same for each process that opens it. */
  get id(): string {
    return this.#state.id;
  }

  get knobs(): HypervisorState['knobs'] {
    return this.#state.knobs;
  }

  get vms(): RecordStore<VmRecord> {
    return this.#state.vms;
  }

  get volumes(): RecordStore<VolumeRecord> {
    return this.#state.volumes;
  }

  get images(): RecordStore<ImageRecord> {
    return this.#state.images;
  }

  /**
   * Reaches the hypervisor for one call: takes as long as the knobs say and lets faults strike that lie before its effect.
   *
   * @throws {@link HypervisorError} `Unreachable` while it is blind.
   */
  async reach(point: string, subject: Subject, signal: AbortSignal): Promise<void> {
    const { latencyMs } = await this.knobs.read();
    if (latencyMs > 0) await delay(latencyMs, undefined, { signal });
    if ((await this.knobs.read()).blind) {
      throw new HypervisorError(
        'Unreachable',
        `the mock hypervisor in ${this.directory} does not answer; turn its knob "blind" off`,
      );
    }
    await this.#faults.pass(point, subject, signal);
  }

  /** Passes a point after a durable step, where faults may strike. */
  async pass(point: string, subject: Subject, signal: AbortSignal): Promise<void> {
    await this.#faults.pass(point, subject, signal);
  }

  /** One VM as it is now; undefined: it is not there. */
  async vm(id: string): Promise<VmRecord | undefined> {
    const vm = await this.vms.get(id);
    return vm && settledAt(vm, Date.now());
  }

  /** All VMs as they are now, whoever made them. */
  async allVms(): Promise<readonly VmRecord[]> {
    const now = Date.now();
    return [...(await this.vms.list()).values()].map((vm) => settledAt(vm, now));
  }

  /** The VMs that bear an owner's stamp, copied ones included. */
  async stampedBy(ownerUid: string): Promise<readonly VmRecord[]> {
    const now = Date.now();
    return (await this.vms.labelled(ownerUid)).map((vm) => settledAt(vm, now));
  }

  /** The disks and seed of one VM, detached ones included, also when the VM itself is gone. */
  async volumesOf(vmId: string): Promise<readonly VolumeRecord[]> {
    return [...(await this.volumes.list(`${vmId}.`)).values()];
  }

  /**
   * Makes a VM without disks: one atomic step that only one caller wins.
   *
   * @throws {@link HypervisorError} `VmExists`, `NameTaken`.
   */
  async define(vm: VmRecord): Promise<VmRecord> {
    await this.#names.reserve(vm.name, vm.id);
    await this.vms.update(vm.id, (current) => {
      if (current) throw new HypervisorError('VmExists', `there is a VM ${vm.id}, called ${current.name}`);
      return vm;
    });
    if (!(await this.#names.isHeldBy(vm.name, vm.id))) {
      await this.vms.update(vm.id, () => null);
      throw new HypervisorError(
        'NameTaken',
        `another VM bears the name "${vm.name}" and stays untouched: choose another name`,
      );
    }
    return vm;
  }

  /**
   * Changes a VM in one atomic step. `change` may be called again and must be without effect of its own.
   *
   * @throws {@link HypervisorError} `NoSuchVm`.
   */
  async change(id: string, change: (vm: VmRecord) => VmRecord): Promise<VmRecord> {
    const changed = await this.vms.update(id, (current) => {
      if (!current) throw noSuchVm(id);
      return change(settledAt(current, Date.now()));
    });
    if (!changed) throw noSuchVm(id);
    return changed;
  }

  /** Removes a VM, not its volumes. Succeeds when it is not there. */
  async undefine(id: string): Promise<void> {
    const vm = await this.vms.get(id);
    await this.vms.update(id, () => null);
    if (vm) await this.#names.release(vm.name, id);
  }

  /**
   * Stores a volume of a VM.
   *
   * @throws {@link HypervisorError} `NoSpace` when the knobs leave too little.
   */
  async putVolume(volume: VolumeRecord): Promise<void> {
    await this.#requireSpace(volume);
    await this.volumes.update(volumeKey(volume.vmId, volume.name), () => volume);
  }

  /**
   * Begins to write a volume. One that is finished stays as it is: it may hold somebody's data.
   *
   * @returns what is there afterwards.
   * @throws {@link HypervisorError} `NoSpace`.
   */
  async beginVolume(volume: VolumeRecord): Promise<VolumeRecord> {
    const begun = { ...volume, complete: false };
    await this.#requireSpace(volume);
    const key = volumeKey(volume.vmId, volume.name);
    return (await this.volumes.update(key, (current) => (current?.complete ? current : begun))) ?? begun;
  }

  /** Finishes a volume and makes it a part of its VM. Does nothing when it is gone. */
  async finishVolume(vmId: string, name: string): Promise<void> {
    await this.volumes.update(volumeKey(vmId, name), (current) =>
      current && (!current.complete || current.detached) ? { ...current, complete: true, detached: false } : current,
    );
  }

  /** Removes a volume. Succeeds when it is not there. */
  async removeVolume(vmId: string, name: string): Promise<void> {
    await this.volumes.update(volumeKey(vmId, name), () => null);
  }

  async #requireSpace(volume: VolumeRecord): Promise<void> {
    const { capacityBytes } = await this.knobs.read();
    if (capacityBytes === undefined) return;
    const key = volumeKey(volume.vmId, volume.name);
    const others = [...(await this.volumes.list())].filter(([other]) => other !== key);
    const left = capacityBytes - others.reduce((sum, [, { sizeBytes }]) => sum + sizeBytes, 0);
    if (volume.sizeBytes <= left) return;
    throw new HypervisorError(
      'NoSpace',
      `no space for ${key}: ${volume.sizeBytes} bytes wanted, ${Math.max(0, left)} left`,
    );
  }

  /** Tells changes until the returned function is called. */
  async watch(listener: (event: HypervisorEvent) => void): Promise<() => void> {
    return await watchState(this.#state, listener);
  }
}

function noSuchVm(id: string): HypervisorError {
  return new HypervisorError('NoSuchVm', `there is no VM ${id}`);
}
