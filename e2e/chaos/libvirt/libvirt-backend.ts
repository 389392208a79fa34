import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Machine } from '../checker/truth.ts';
import type { Backend, End } from '../process/backend.ts';
import { hypervisorOf, type HypervisorName, type ImageName, type ProviderName } from '../scenario/scenario.ts';
import { poolPath, PrivateLibvirtd } from './private-libvirtd.ts';
import { readLibvirt } from './read-libvirt.ts';

const hypervisorNames: readonly HypervisorName[] = [...new Set(Object.values(hypervisorOf))];
const imageNames: readonly ImageName[] = ['template', 'imported'];

/** Two real libvirtds, each a process that is killed and started again. */
export class LibvirtBackend implements Backend {
  readonly type = 'libvirt';
  readonly providerMain = 'provider-libvirt/src/main.ts';
  readonly elsewhere = fileURLToPath(new URL('./served-elsewhere.ts', import.meta.url));
  readonly providerArgv = [];
  readonly #daemons: Readonly<Record<HypervisorName, PrivateLibvirtd>>;
  /** How many faults keep one down. */
  readonly #down = new Map<HypervisorName, number>();

  private constructor(daemons: Readonly<Record<HypervisorName, PrivateLibvirtd>>) {
    this.#daemons = daemons;
  }

  static async open(directory: string): Promise<LibvirtBackend> {
    const made = await Promise.all(
      hypervisorNames.map(async (name) => {
        const own = join(directory, `libvirtd-${name}`);
        await mkdir(own);
        const daemon = await PrivateLibvirtd.make(own);
        for (const image of imageNames) {
          const path = join(daemon.volumesPath, `${image}.qcow2`);
          await promisify(execFile)('qemu-img', ['create', '-q', '-f', 'qcow2', path, '4M']);
        }
        return [name, daemon] as const;
      }),
    );
    const backend = new LibvirtBackend(Object.fromEntries(made) as Record<HypervisorName, PrivateLibvirtd>);
    try {
      await Promise.all(made.map(([, daemon]) => daemon.start()));
    } catch (error) {
      await backend.stop();
      throw error;
    }
    return backend;
  }

  endpointOf(provider: ProviderName): string {
    return `qemu:///system?socket=${this.#daemons[hypervisorOf[provider]].socketPath}`;
  }

  sourceOf(image: ImageName): object {
    return { libvirt: { path: `${poolPath}/${image}.qcow2` } };
  }

  async read(): Promise<{ readonly machines: readonly Machine[]; readonly leftovers: readonly string[] }> {
    const machines: Machine[] = [];
    const leftovers: string[] = [];
    for (const name of hypervisorNames) {
      const libvirt = await this.#daemons[name].connect();
      const { volumesPath } = this.#daemons[name];
      const read = await readLibvirt(name, { libvirt, volumesPath });
      await libvirt.close();
      machines.push(...read.machines);
      leftovers.push(...read.leftovers);
    }
    return { machines, leftovers };
  }

  /** SIGKILL. */
  async vanish(hypervisor: HypervisorName): Promise<End> {
    const change = (by: 1 | -1) => {
      const count = (this.#down.get(hypervisor) ?? 0) + by;
      this.#down.set(hypervisor, count);
      return count;
    };
    change(1);
    await this.#daemons[hypervisor].kill();
    return async () => {
      if (change(-1) === 0) await this.#daemons[hypervisor].start();
    };
  }

  blind(): Promise<End> {
    throw new Error('a libvirt is not out of sight for one provider alone');
  }

  hide(): Promise<End> {
    throw new Error('a libvirt answers no partial lists when asked to');
  }

  copy(): Promise<undefined> {
    throw new Error('a libvirt copies no machines');
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.#daemons).map((daemon) => daemon.close()));
  }
}
