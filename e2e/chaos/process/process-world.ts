import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createTransport, loadKubeConfig, type Transport } from '@virtrigaud/kube-runtime';
import { objectOf, readHypervisor } from '../checker/read-truth.ts';
import type { Machine, Truth } from '../checker/truth.ts';
import type { Strike, World } from '../level.ts';
import { Chance } from '../scenario/random.ts';
import { hypervisorOf, providerNames, type Component, type Fault, type Operation } from '../scenario/scenario.ts';
import { Faults } from './faults.ts';
import { makeParts, managers, startApiServer, type Parts } from './parts.ts';
import { People } from './people.ts';
import { pace, shutdownMs } from './timing.ts';
import { Weather } from './weather.ts';

const readyDeadlineMs = 90_000;

/** Everything as processes of its own: two managers, an API server, and a provider for each Provider, over two hypervisors. */
export class ProcessWorld implements World {
  readonly #directory: string;
  readonly #parts: Parts;
  readonly #people: People;
  readonly #transport: Transport;
  readonly #weather: Weather;
  readonly #faults: Faults;

  private constructor(made: {
    readonly directory: string;
    readonly parts: Parts;
    readonly transport: Transport;
    readonly weather: Weather;
    readonly faults: Faults;
  }) {
    this.#directory = made.directory;
    this.#parts = made.parts;
    this.#transport = made.transport;
    this.#weather = made.weather;
    this.#faults = made.faults;
    this.#people = new People(made.transport);
  }

  static async start(seed: number): Promise<ProcessWorld> {
    const directory = await mkdtemp(join(tmpdir(), 'vr-chaos-'));
    const weather = new Weather();
    const crashed = (name: Component, why: string) => {
      process.stderr.write(`a program ended by itself and is started again: ${why}\n`);
      setTimeout(() => void faults.startAgain(name), 200);
    };
    const parts = await makeParts(directory, { weather, crashed });
    const faults = new Faults({ parts, weather, chance: new Chance(seed) });
    await startApiServer(parts);
    const transport = createTransport(await loadKubeConfig({ path: parts.kubeconfig }), {
      userAgent: 'people',
      qps: 0,
    });
    const world = new ProcessWorld({ directory, parts, transport, weather, faults });
    try {
      await Promise.all([...providerNames, ...managers].map((name) => parts.daemons[name].start()));
      await world.#furnish();
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  perform(operation: Operation): Promise<'done' | 'skipped'> {
    return this.#people.perform(operation);
  }

  inflict(fault: Fault): Promise<void> {
    return this.#faults.inflict(fault);
  }

  async pause(ms: number): Promise<void> {
    await delay(ms / pace);
  }

  heal(): Promise<void> {
    return this.#faults.endAll();
  }

  async truth(): Promise<Truth> {
    const machines: Machine[] = [];
    const leftovers: string[] = [];
    for (const [name, access] of Object.entries(this.#parts.hypervisors)) {
      const read = await readHypervisor(name as keyof Parts['hypervisors'], access);
      machines.push(...read.machines);
      leftovers.push(...read.leftovers);
    }
    const objects = (await this.#people.list('VirtualMachine')).map(objectOf);
    return { machines, leftovers, objects, copies: this.#faults.copies(), incidents: [] };
  }

  strikes(): readonly Strike[] {
    return this.#weather.strikes();
  }

  async stop(): Promise<void> {
    await this.#faults.forget();
    const { daemons, rpcDoors, apiDoor } = this.#parts;
    await Promise.all(Object.values(daemons).map((daemon) => daemon.kill()));
    for (const door of rpcDoors) door.close();
    await this.#transport.close();
    await apiDoor.close();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** The three Providers, Ready, and both images. */
  async #furnish(): Promise<void> {
    const source = (from: object) => ({ source: { custom: [{ type: 'mock', ...from }] } });
    await this.#people.create('VMImage', 'template', source({ template: 'debian-12' }));
    await this.#people.create('VMImage', 'imported', source({ url: 'https://images.invalid/debian.qcow2' }));
    for (const name of providerNames) {
      const { directory } = this.#parts.views[name];
      await this.#parts.views[name].set({
        importMs: 200,
        copyMs: hypervisorOf[name] === 'b' ? 150 : 0,
        shutdownMs,
      });
      await this.#people.create('Provider', name, { type: 'mock', endpoint: `mock://${directory}` });
    }
    const deadline = performance.now() + readyDeadlineMs;
    for (;;) {
      const providers = await this.#people.list('Provider');
      const isReady = ({ status }: (typeof providers)[number]) =>
        status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
      if (providers.every(isReady)) return;
      if (performance.now() > deadline) throw new Error(`the Providers are not Ready: ${JSON.stringify(providers)}`);
      await delay(50);
    }
  }
}
