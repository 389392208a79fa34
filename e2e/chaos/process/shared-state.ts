import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { openMockHypervisor, type KnobSettings, type MockHypervisorAccess } from '@virtrigaud/provider-mock';

/**
 * A directory of one provider's own over the state of a hypervisor that several share: the machines are the same, the knobs and faults
 * are its own, so that one provider alone can be blind.
 */
export async function openView(hypervisor: MockHypervisorAccess, directory: string): Promise<View> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const name of ['vms', 'volumes', 'images', 'names'])
    await symlink(join(hypervisor.directory, name), join(directory, name));
  await copyFile(join(hypervisor.directory, 'hypervisor.json'), join(directory, 'hypervisor.json'));
  return new View(directory, await openMockHypervisor(directory));
}

/** What one provider sees of its hypervisor. */
export class View {
  readonly directory: string;
  readonly #access: MockHypervisorAccess;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(directory: string, access: MockHypervisorAccess) {
    this.directory = directory;
    this.#access = access;
  }

  /** Sets some knobs and leaves the others; one write after the other. */
  set(settings: KnobSettings): Promise<void> {
    const write = this.#lastWrite.then(() => this.#access.setKnobs(settings));
    this.#lastWrite = write.catch(() => undefined);
    return write;
  }
}
