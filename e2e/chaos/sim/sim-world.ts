import { DatabaseSync } from 'node:sqlite';
import type { Logger } from '@virtrigaud/service-kit';
import type { Kinds } from '../../../packages/embedded-apiserver/src/open-api.ts';
import type { VmRecord } from '../../../packages/provider-mock/src/hypervisor/records.ts';
import { settledAt } from '../../../packages/provider-mock/src/hypervisor/guest.ts';
import { machineOf, objectOf, readHypervisor } from '../checker/read-truth.ts';
import type { Incident, Machine, Truth } from '../checker/truth.ts';
import type { Strike, World } from '../level.ts';
import { Chance } from '../scenario/random.ts';
import {
  components,
  hypervisorOf,
  providerNames,
  type Component,
  type Fault,
  type HypervisorName,
  type Operation,
} from '../scenario/scenario.ts';
import { ApiNet } from './api-net.ts';
import { Cast } from './cast.ts';
import { EventLoop, SimProcess } from './event-loop.ts';
import { installGlobals } from './globals.ts';
import { Faults } from './inflict.ts';
import { MemoryHypervisor } from './memory-state.ts';
import { People } from './people.ts';
import { startApiServer, startManager, startProvider, transportOf, type Host } from './programs.ts';
import { RpcNet } from './rpc-net.ts';
import { Weather } from './weather.ts';

/** What a simulated world is made with. */
export interface SimOptions {
  readonly kinds: Kinds;
  /** Told of every message and every warning, with its time. */
  readonly trace: ((line: string) => void) | undefined;
}

/** Everything in one process, under a virtual clock: the same seed, the same history, to the last event. */
export class SimWorld implements World {
  readonly #loop = new EventLoop();
  readonly #weather: Weather;
  readonly #host: Host;
  readonly #cast: Cast;
  readonly #faults: Faults;
  readonly #person = new SimProcess('person');
  readonly #people: People;
  readonly #hypervisors;
  readonly #uninstall: () => void;
  readonly #copies: { readonly hypervisor: HypervisorName; readonly copy: VmRecord }[] = [];
  readonly #incidents: Incident[] = [];
  readonly #trace: ((line: string) => void) | undefined;
  readonly #crashed = (error: unknown): void =>
    this.#happened(
      'stuck',
      `a program would have ended: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
    );

  private constructor(seed: number, { kinds, trace }: SimOptions) {
    const chance = new Chance(seed ^ 0x5eed);
    const loop = this.#loop;
    this.#trace = trace && ((line) => trace(`${(loop.nowMs / 1000).toFixed(4)} ${line}`));
    this.#uninstall = installGlobals(loop, chance.fork());
    process.on('unhandledRejection', this.#crashed);
    this.#weather = new Weather(loop, chance.fork());
    this.#hypervisors = {
      a: new MemoryHypervisor('a', loop, this.#weather),
      b: new MemoryHypervisor('b', loop, this.#weather),
    };
    const apiNet = new ApiNet(loop, this.#weather, this.#trace);
    this.#host = {
      loop,
      apiNet,
      rpcNet: new RpcNet(loop, this.#weather, this.#trace),
      database: new DatabaseSync(':memory:'),
      loggerOf: (process) => tracingLogger(process, this.#trace),
    };
    this.#cast = new Cast(
      loop,
      (component, process) => this.#program(component, process, kinds),
      (component, error) => this.#trace?.(`${component} ended: ${String(error)}`),
    );
    this.#people = new People(loop.as(this.#person, () => transportOf(this.#host, 'person', 0)));
    this.#faults = new Faults({
      loop,
      weather: this.#weather,
      apiNet,
      cast: this.#cast,
      hypervisors: this.#hypervisors,
      copied: ({ name }, copy) => this.#copies.push({ hypervisor: name, copy }),
    });
    const knobs = chance.fork();
    for (const hypervisor of Object.values(this.#hypervisors)) {
      hypervisor.vmChanged = (before, after) => this.#judge(hypervisor, before, after);
      hypervisor.setKnobs({
        // Some last until another leads, who has to ask for them.
        copyMs: knobs.percent(50) ? Math.round(10 ** (2 + knobs.next() * 2.5)) : 0,
        bootMs: knobs.integer(0, 5_000),
        shutdownMs: knobs.integer(0, 20_000),
        importMs: knobs.integer(0, 20_000),
        latencyMs: knobs.percent(50) ? knobs.integer(0, 20) : 0,
      });
    }
  }

  /** Starts everything, and waits until the Providers are Ready. */
  static async start(seed: number, options: SimOptions): Promise<SimWorld> {
    const world = new SimWorld(seed, options);
    for (const component of components) world.#cast.start(component);
    await world.#furnish();
    return world;
  }

  history(): string {
    return `${this.#loop.hash}, ${String(this.#loop.events)} events`;
  }

  perform(operation: Operation): Promise<'done' | 'skipped'> {
    this.#trace?.(`person: ${JSON.stringify(operation)}`);
    return this.#loop.as(this.#person, () => this.#people.perform(operation));
  }

  async inflict(fault: Fault): Promise<void> {
    this.#trace?.(`FAULT ${JSON.stringify(fault)}`);
    this.#faults.begin(fault);
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#loop.schedule(ms, undefined, resolve));
  }

  async heal(): Promise<void> {
    this.#trace?.('HEAL');
    this.#faults.end();
    for (const component of components) {
      this.#cast.resume(component);
      this.#cast.startUnlessRunning(component);
    }
  }

  async truth(): Promise<Truth> {
    const now = Date.now();
    const read = await Promise.all(
      Object.values(this.#hypervisors).map((hypervisor) =>
        readHypervisor(hypervisor.name, {
          vms: async () => hypervisor.vms().map((vm) => settledAt(vm, now)),
          volumes: async () => hypervisor.volumes(),
        }),
      ),
    );
    const machines = read.flatMap((each) => each.machines);
    return {
      machines: machines.map((machine) => ({ ...machine, birth: this.#birthOf(machine) })),
      leftovers: read.flatMap((each) => each.leftovers),
      objects: this.#stored('virtualmachines.infra.virtrigaud.io').map((raw) => objectOf(raw)),
      // A copy of a machine that was shutting down goes off by itself.
      copies: this.#copies
        .map(({ hypervisor, copy }) => machineOf(hypervisor, settledAt(copy, now), []))
        .map((machine) => ({ ...machine, birth: this.#birthOf(machine) })),
      incidents: this.#incidents,
    };
  }

  strikes(): readonly Strike[] {
    return this.#weather.strikes();
  }

  async stop(): Promise<void> {
    for (const process of this.#cast.all()) process.kill();
    this.#person.kill();
    this.#loop.end();
    this.#uninstall();
    process.off('unhandledRejection', this.#crashed);
    this.#host.database.close();
  }

  #birthOf({ hypervisor, id }: Machine): string {
    return this.#hypervisors[hypervisor].birthOf(id);
  }

  #program(component: Component, process: SimProcess, kinds: Kinds): Promise<void> {
    switch (component) {
      case 'apiserver':
        return startApiServer(this.#host, process, kinds);
      case 'manager-1':
      case 'manager-2':
        return startManager(this.#host, process);
      case 'lab':
      case 'lab-too':
      case 'other': {
        const hypervisor = this.#hypervisors[hypervisorOf[component]];
        return startProvider(this.#host, process, { name: component, hypervisor });
      }
    }
  }

  async #furnish(): Promise<void> {
    await this.#loop.as(this.#person, async () => {
      for (const name of providerNames) {
        const endpoint = `mock:///${hypervisorOf[name]}`;
        await this.#people.create('Provider', name, { type: 'mock', endpoint });
      }
      const images = { template: { template: 'tiny' }, imported: { url: 'https://images.example/tiny.qcow2' } };
      for (const [name, source] of Object.entries(images))
        await this.#people.create('VMImage', name, { source: { custom: [{ type: 'mock', ...source }] } });
    });
    for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 100) {
      const ready = this.#stored('providers.infra.virtrigaud.io').filter(isReady);
      if (ready.length === providerNames.length) return;
      await this.pause(100);
    }
    throw new Error(
      `the Providers did not become Ready: ${JSON.stringify(this.#stored('providers.infra.virtrigaud.io'))}`,
    );
  }

  /** What the API server has on its disk. */
  #stored(resource: string): readonly Stored[] {
    const rows = this.#host.database.prepare('SELECT body FROM objects WHERE resource = ? ORDER BY key').all(resource);
    return rows.map((row) => JSON.parse(String(row['body'])) as Stored);
  }

  /** Judges each change of a machine at the moment when it happens: what is put right later was wrong all the same. */
  #judge(hypervisor: MemoryHypervisor, before: VmRecord | undefined, after: VmRecord | undefined): void {
    const vm = after ?? before;
    const uid = vm?.stamp?.owner.uid;
    if (!vm || uid === undefined || vm.stamp?.carrier !== vm.id) return;
    if (!before) {
      const other = Object.values(this.#hypervisors).find(
        (each) =>
          each !== hypervisor && each.vms().some((one) => one.stamp?.owner.uid === uid && one.stamp.carrier === one.id),
      );
      if (other) this.#happened('doubled', `${vm.name} was made on ${hypervisor.name} while it was on ${other.name}`);
    }
    const isGoing = before?.lifecycle === 'ready' && (!after || after.lifecycle === 'deleting');
    if (!isGoing) return;
    const owner = this.#stored('virtualmachines.infra.virtrigaud.io').find(({ metadata }) => metadata.uid === uid);
    if (owner && owner.metadata.deletionTimestamp === undefined)
      this.#happened('lost', `${vm.name} on ${hypervisor.name} was deleted, and nobody wanted that`);
  }

  #happened(kind: Incident['kind'], message: string): void {
    const at = `${(this.#loop.nowMs / 1000).toFixed(3)} s: ${message}`;
    this.#trace?.(`INCIDENT ${at}`);
    this.#incidents.push({ kind, message: at });
  }
}

interface Stored {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

function isReady({ status }: Stored): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
}

function tracingLogger({ name }: SimProcess, trace: ((line: string) => void) | undefined): Logger {
  const at = (level: string) => (message: string, fields?: object) =>
    trace?.(`${name} ${level}: ${message} ${fields ? JSON.stringify(fields, shown) : ''}`);
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  return logger;
}

function shown(_key: string, value: unknown): unknown {
  if (value instanceof Error) return value.message;
  return typeof value === 'bigint' ? String(value) : value;
}
