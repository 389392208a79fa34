import type { Condition } from '@virtrigaud/api-types';
import type { KubeObject, ResourceClient } from '@virtrigaud/kube-runtime';

/** A VirtualMachine, as far as the benchmark looks. */
export interface Vm extends KubeObject {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly id?: string;
    readonly observedGeneration?: number;
    readonly resources?: { readonly cpu?: number };
    readonly conditions?: readonly Condition[];
  };
}

interface Waiter {
  readonly isIt: (vm: Vm | undefined) => boolean;
  readonly resolve: (atMs: number) => void;
}

/** Ready, by a condition that speaks of the spec as it is now. */
export function isReady(vm: Vm | undefined): boolean {
  const ready = vm?.status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === vm?.metadata.generation;
}

const deadlineMs = 600_000;

/** Follows all VirtualMachines by one watch, as any client would; never by asking again. */
export class VmWatch {
  readonly #vms = new Map<string, Vm>();
  readonly #waiters = new Map<string, Waiter>();
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** How often an object was changed since the start, as the watch saw it: one a write. */
  modifications = 0;
  #failure: Error | undefined;

  async start(client: ResourceClient<Vm>): Promise<void> {
    const { items, resourceVersion } = await client.list();
    for (const vm of items) this.#vms.set(vm.metadata.name, vm);
    this.#running = this.#follow(client, resourceVersion).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#failure = error instanceof Error ? error : new Error(String(error));
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  get(name: string): Vm | undefined {
    return this.#vms.get(name);
  }

  /** Resolves with the moment at which the watch brought what is waited for, or with now when it is so already. One wait a name. */
  async until(name: string, isIt: Waiter['isIt']): Promise<number> {
    if (isIt(this.#vms.get(name))) return performance.now();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(name);
        const last = JSON.stringify(this.#vms.get(name)?.status);
        reject(this.#failure ?? new Error(`waited ${String(deadlineMs)} ms in vain for ${name}: ${last}`));
      }, deadlineMs);
      const done = (atMs: number): void => {
        clearTimeout(timer);
        resolve(atMs);
      };
      this.#waiters.set(name, { isIt, resolve: done });
    });
  }

  async #follow(client: ResourceClient<Vm>, from: string): Promise<void> {
    let resourceVersion = from;
    while (!this.#stop.signal.aborted) {
      for await (const frame of client.watch({ resourceVersion, signal: this.#stop.signal })) {
        const atMs = performance.now();
        if (frame.type === 'BOOKMARK') {
          resourceVersion = frame.resourceVersion;
          continue;
        }
        resourceVersion = frame.object.metadata.resourceVersion ?? resourceVersion;
        if (frame.type === 'MODIFIED') this.modifications += 1;
        this.#keep(frame.object.metadata.name, frame.type === 'DELETED' ? undefined : frame.object, atMs);
      }
    }
  }

  #keep(name: string, vm: Vm | undefined, atMs: number): void {
    if (vm) this.#vms.set(name, vm);
    else this.#vms.delete(name);
    const waiter = this.#waiters.get(name);
    if (!waiter?.isIt(vm)) return;
    this.#waiters.delete(name);
    waiter.resolve(atMs);
  }
}
