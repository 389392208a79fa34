import { createHash } from 'node:crypto';
import { HypervisorError } from './hypervisor-error.ts';
import type { Reservation } from './hypervisor-state.ts';
import type { RecordStore } from './record-store.ts';

/** Sees to it that no two VMs bear one name, whichever process makes them and wherever one is killed. */
export class NameTable {
  readonly #store: RecordStore<Reservation>;
  readonly #vmExists: (id: string) => Promise<boolean>;

  constructor(store: RecordStore<Reservation>, vmExists: (id: string) => Promise<boolean>) {
    this.#store = store;
    this.#vmExists = vmExists;
  }

  /**
   * Reserves a name, before the VM is made. A reservation whose VM was never made, since its process died, is taken over.
   *
   * @throws {@link HypervisorError} `NameTaken`.
   */
  async reserve(name: string, vmId: string): Promise<void> {
    const previous = await this.#store.get(keyOf(name));
    if (previous && previous.vmId !== vmId && (await this.#vmExists(previous.vmId))) throw taken(name);
    await this.#store.update(keyOf(name), (current) => {
      if (current?.vmId !== previous?.vmId) throw taken(name);
      return current?.vmId === vmId ? current : { name, vmId };
    });
    // The one we took it from may have made its VM meanwhile: it is ours only if that still is not there.
    if (previous && previous.vmId !== vmId && (await this.#vmExists(previous.vmId))) {
      await this.#store.update(keyOf(name), (current) => (current?.vmId === vmId ? previous : current));
      throw taken(name);
    }
  }

  /** Whether the name is still reserved for that VM: asked after it was made, since it may have been taken over. */
  async isHeldBy(name: string, vmId: string): Promise<boolean> {
    return (await this.#store.get(keyOf(name)))?.vmId === vmId;
  }

  /** Frees a name, if it is that VM's. */
  async release(name: string, vmId: string): Promise<void> {
    await this.#store.update(keyOf(name), (current) => (current?.vmId === vmId ? null : current));
  }
}

function keyOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 40);
}

function taken(name: string): HypervisorError {
  return new HypervisorError(
    'NameTaken',
    `another VM bears the name "${name}" and stays untouched: choose another name`,
  );
}
