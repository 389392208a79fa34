import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openMockHypervisor, type MockHypervisorAccess } from '@virtrigaud/provider-mock';
import { machineOf, readHypervisor } from '../checker/read-truth.ts';
import type { Machine } from '../checker/truth.ts';
import {
  hypervisorOf,
  providerNames,
  type HypervisorName,
  type ImageName,
  type ProviderName,
} from '../scenario/scenario.ts';
import type { Backend, End } from './backend.ts';
import { pathOf } from './daemon.ts';
import { openView, type View } from './shared-state.ts';
import { shutdownMs } from './timing.ts';

const hypervisorNames: readonly HypervisorName[] = [...new Set(Object.values(hypervisorOf))];

/** Two mock hypervisors in directories, of which each provider has a view of its own. */
export class MockBackend implements Backend {
  readonly type = 'mock';
  readonly providerMain = 'provider-mock/src/main.ts';
  readonly elsewhere = pathOf('manager/integration/stack/served-elsewhere.ts');
  readonly providerArgv = [];
  readonly #hypervisors = new Map<HypervisorName, MockHypervisorAccess>();
  readonly #views = new Map<ProviderName, View>();
  /** How many faults keep a provider blind. */
  readonly #blind = new Map<ProviderName, number>();

  static async open(directory: string): Promise<MockBackend> {
    const backend = new MockBackend();
    for (const name of hypervisorNames)
      backend.#hypervisors.set(name, await openMockHypervisor(join(directory, `hypervisor-${name}`)));
    for (const name of providerNames) {
      const hypervisor = backend.#hypervisors.get(hypervisorOf[name]);
      if (!hypervisor) continue;
      const view = await openView(hypervisor, join(directory, name));
      // On one of them a disk takes time, so that making a machine is a task.
      await view.set({ importMs: 600, copyMs: hypervisorOf[name] === 'b' ? 800 : 0, shutdownMs });
      backend.#views.set(name, view);
    }
    return backend;
  }

  endpointOf(provider: ProviderName): string {
    return `mock://${this.#viewOf(provider).directory}`;
  }

  sourceOf(image: ImageName): object {
    const from = image === 'template' ? { template: 'debian-12' } : { url: 'https://images.invalid/debian.qcow2' };
    return { custom: [{ type: 'mock', ...from }] };
  }

  async read(): Promise<{ readonly machines: readonly Machine[]; readonly leftovers: readonly string[] }> {
    const machines: Machine[] = [];
    const leftovers: string[] = [];
    for (const [name, access] of this.#hypervisors) {
      const read = await readHypervisor(name, access);
      machines.push(...read.machines);
      leftovers.push(...read.leftovers);
    }
    return { machines, leftovers };
  }

  vanish(hypervisor: HypervisorName): Promise<End> {
    return this.#blindAll(providerNames.filter((name) => hypervisorOf[name] === hypervisor));
  }

  blind(provider: ProviderName): Promise<End> {
    return this.#blindAll([provider]);
  }

  async hide(hypervisor: HypervisorName, isHidden: () => boolean): Promise<End> {
    const vms = (await this.#hypervisors.get(hypervisor)?.vms()) ?? [];
    const views = providerNames.filter((name) => hypervisorOf[name] === hypervisor).map((name) => this.#viewOf(name));
    const set = (hidden: string[]) => Promise.all(views.map((view) => view.set({ hidden })));
    await set(vms.filter(isHidden).map(({ id }) => id));
    return async () => void (await set([]));
  }

  async copy(vm: string, as: string): Promise<{ readonly machine: Machine; readonly remove: End } | undefined> {
    for (const [name, access] of this.#hypervisors) {
      const original = await access.vm(`default.${vm}`);
      if (!original) continue;
      const { id } = await access.copy(original.id, as);
      // One that was just shutting down goes on with it.
      await delay(2 * shutdownMs);
      const copy = await access.vm(id);
      return copy && { machine: machineOf(name, copy, []), remove: () => access.remove(id) };
    }
    return undefined;
  }

  async stop(): Promise<void> {
    // Directories need no closing.
  }

  #viewOf(provider: ProviderName): View {
    const view = this.#views.get(provider);
    if (!view) throw new Error(`${provider} has no view of its hypervisor`);
    return view;
  }

  async #blindAll(names: readonly ProviderName[]): Promise<End> {
    const change = async (by: 1 | -1) => {
      for (const name of names) {
        const count = (this.#blind.get(name) ?? 0) + by;
        this.#blind.set(name, count);
        await this.#viewOf(name).set({ blind: count > 0 });
      }
    };
    await change(1);
    return () => change(-1);
  }
}
