import { Finalizer, type VirtualMachine, type VirtualMachineStatus } from '@virtrigaud/api-types';
import type { VirtualMachineState } from '@virtrigaud/grpc-contract/client';
import { mergePatchOf, objectKey, type Result } from '@virtrigaud/kube-runtime';
import { Inventory } from '../inventory/inventory.ts';
import { TaskBoard } from '../tasks/task-board.ts';
import type { ProviderChannel } from '../transport/provider-channel.ts';
import { VmMemory } from '../virtual-machine/memory.ts';
import type { ProviderView } from '../virtual-machine/observed.ts';
import { reconcileVirtualMachine, type VirtualMachineDeps } from '../virtual-machine/reconcile.ts';
import type { References } from '../virtual-machine/resolve-wanted.ts';
import { aProvider, aVm, uid, type VmParts } from './builders.ts';
import { imageObject, providerObject } from './objects.ts';
import { ScriptedProvider } from './scripted-provider.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What a VM lives on: it records the calls it gets, and holds machines by the uid that they bear. */
export interface SimulatedHypervisor extends ProviderChannel {
  readonly calls: readonly string[];
  readonly vms: ReadonlyMap<string, VirtualMachineState>;
}

/** One VM's life, from plan to status, against a scripted provider under a virtual clock. */
export class Simulation {
  readonly clock = new VirtualClock();
  readonly provider = new ScriptedProvider();
  /** What the manager calls: the scripted provider, if no other takes its place. */
  hypervisor: SimulatedHypervisor = this.provider;
  inventory = newInventory();
  tasks = new TaskBoard(this.clock);
  readonly notes: string[] = [];
  /** What happened, in its order: steps, calls, writes. */
  readonly trace: string[] = [];
  view: ProviderView = aProvider();
  memory = new VmMemory();
  /** The Provider's namespace is being deleted. */
  terminating = false;
  /** Other VirtualMachines that are there: `namespace/name` by uid. */
  readonly living = new Map<string, string>();
  vm: VirtualMachine | undefined;
  /** The object as it was when its finalizer left. */
  gone: VirtualMachine | undefined;
  /** Called around each write. */
  aroundWrite: (when: 'before' | 'after') => void = () => undefined;
  /** What the VM refers to, where it differs: an image that is there, no class, no network. */
  references: Partial<References> = {};
  writes = 0;
  #version = 100;

  constructor(parts: VmParts = {}) {
    this.vm = aVm({ ...parts, metadata: { finalizers: [], ...parts.metadata } });
  }

  get status(): VirtualMachineStatus {
    return this.vm?.status ?? {};
  }

  /** What Ready says. */
  ready(): string {
    const ready = this.status.conditions?.find(({ type }) => type === 'Ready');
    return ready ? `${ready.status} ${ready.reason}` : 'none';
  }

  /** A person edits the object. */
  edit(change: { readonly spec?: object; readonly metadata?: object }): void {
    if (!this.vm) return;
    const { metadata, spec, status } = this.vm;
    const generation = (metadata.generation ?? 0) + (change.spec ? 1 : 0);
    this.vm = aVm({
      spec: { ...spec, ...change.spec },
      metadata: { ...metadata, ...change.metadata, generation },
      ...(status ? { status } : {}),
    });
    this.memory.wake(uid);
  }

  delete(): void {
    this.edit({ metadata: { deletionTimestamp: '2026-01-02T03:05:00Z' } });
  }

  /** The manager dies, and another one starts: all that it remembered is gone, and the provider lists what is there. */
  restart(): void {
    this.memory = new VmMemory();
    this.tasks = new TaskBoard(this.clock);
    this.inventory = newInventory();
    this.stream();
    this.inventory.bookmark(true);
  }

  /** The provider's stream tells of what is there now. */
  stream(): void {
    const vm = this.hypervisor.vms.get(uid);
    const last = this.inventory.last(uid);
    if (vm) this.inventory.upsert(vm);
    else if (last) this.inventory.gone({ id: last.id, owner: last.owner });
  }

  /** Works the key once. */
  async reconcile(): Promise<Result> {
    const key = objectKey({ namespace: 'shop', name: 'web' });
    return reconcileVirtualMachine(key, this.#deps(), { signal: new AbortController().signal, correlationId: 'c' });
  }

  /** Works the key until nothing is due within the given time. */
  async settle(withinMs = 600_000): Promise<void> {
    const endMs = this.clock.monotonicMs() + withinMs;
    for (let rounds = 0; rounds < 200; rounds += 1) {
      const result = await this.reconcile();
      if (result.kind !== 'requeue') return;
      if (this.clock.monotonicMs() + result.afterMs > endMs) return;
      this.clock.advance(result.afterMs);
    }
    throw new Error(`did not settle:\n${this.trace.join('\n')}`);
  }

  #deps(): VirtualMachineDeps {
    const site = {
      channel: this.#tracedChannel(),
      inventory: this.inventory,
      tasks: this.tasks,
      refused: () => undefined,
    };
    return {
      vm: () => this.vm,
      provider: () => providerObject(),
      view: () => this.view,
      shrunk: () => undefined,
      site: () => site,
      references: {
        vmClass: () => undefined,
        image: () => imageObject(),
        network: () => undefined,
        ...this.references,
      },
      namespaceLabels: () => ({}),
      secret: async () => undefined,
      isTerminating: () => this.terminating,
      vmOfUid: (owner) => this.living.get(owner),
      memory: this.memory,
      rolloutOpen: () => true,
      clock: this.clock,
      writes: {
        addFinalizer: async () => this.#write('finalizer', { metadata: { finalizers: [Finalizer.VirtualMachine] } }),
        removeFinalizer: async () => {
          this.#write('finalizer removed', {}, () => {
            this.gone = this.vm;
            this.vm = undefined;
          });
        },
        writeStatus: async (seen, status) => {
          if (mergePatchOf({ status: seen.vm.status }, { status }) === undefined) return;
          this.#write(`status: ${words(status)}`, { status });
        },
      },
      note: (_seen, { reason }) => {
        this.notes.push(reason);
        this.trace.push(`event: ${reason}`);
      },
      clusterId: 'c',
      term: () => 1,
      staleTerm: () => this.trace.push('stale term'),
      wake: () => undefined,
      rolloutBegins: () => undefined,
      imageDoubted: () => this.trace.push('image doubted'),
      taskFinished: () => undefined,
      unconfirmedWrite: async () => undefined,
      trace: (_seen, step) => this.trace.push(`plan: ${step.kind}`),
    };
  }

  #tracedChannel(): ProviderChannel {
    const { hypervisor, trace } = this;
    return new Proxy(hypervisor, {
      get: (target, key) => {
        if (key !== 'call') return Reflect.get(target, key) as unknown;
        return async (spec: Parameters<ScriptedProvider['call']>[0]) => {
          const reply = await target.call(spec);
          trace.push(`call: ${target.calls.at(-1) ?? ''}${reply.ok ? '' : ` -> ${reply.failure.message}`}`);
          return reply;
        };
      },
    });
  }

  #write(
    what: string,
    change: { readonly metadata?: object; readonly status?: object },
    then: () => void = () => undefined,
  ): void {
    if (!this.vm) return;
    this.aroundWrite('before');
    this.writes += 1;
    this.#version += 1;
    this.trace.push(`write: ${what}`);
    this.vm = {
      ...this.vm,
      ...change,
      metadata: { ...this.vm.metadata, ...change.metadata, resourceVersion: String(this.#version) },
    };
    then();
    this.aroundWrite('after');
  }
}

function newInventory(): Inventory {
  const inventory = new Inventory({
    changed: () => undefined,
    nameFreed: () => undefined,
    healthChanged: () => undefined,
    confirmed: () => undefined,
  });
  inventory.bookmark(true);
  return inventory;
}

function words({ phase, conditions }: VirtualMachineStatus): string {
  const ready = conditions?.find(({ type }) => type === 'Ready');
  return `${phase ?? ''}, Ready=${ready?.status ?? ''} ${ready?.reason ?? ''}`;
}
