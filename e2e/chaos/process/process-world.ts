import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createTransport, loadKubeConfig, type Transport } from '@virtrigaud/kube-runtime';
import { objectOf } from '../checker/read-truth.ts';
import type { Truth } from '../checker/truth.ts';
import type { Strike, World } from '../level.ts';
import { Chance } from '../scenario/random.ts';
import { providerNames, type Component, type Fault, type Operation } from '../scenario/scenario.ts';
import type { Backend } from './backend.ts';
import { Faults } from './faults.ts';
import { makeParts, managers, startApiServer, type Parts } from './parts.ts';
import { People } from './people.ts';
import { pace } from './timing.ts';
import { Weather } from './weather.ts';

const endingSignals = ['SIGINT', 'SIGTERM'] as const;
const end = (): never => process.exit(130);
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

  /** @param open - makes the hypervisors, in a directory of the run. */
  static async start(seed: number, open: (directory: string) => Promise<Backend>): Promise<ProcessWorld> {
    const directory = await mkdtemp(join(tmpdir(), 'vr-chaos-'));
    for (const signal of endingSignals) process.on(signal, end);
    const backend = await open(directory);
    const weather = new Weather();
    const crashed = (name: Component, why: string) => {
      process.stderr.write(`a program ended by itself and is started again: ${why}\n`);
      setTimeout(() => void faults.startAgain(name), 200);
    };
    const parts = await makeParts(directory, { backend, weather, crashed });
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
    const { machines, leftovers } = await this.#parts.backend.read();
    const objects = (await this.#people.list('VirtualMachine')).map(objectOf);
    return { machines, leftovers, objects, copies: this.#faults.copies(), incidents: [] };
  }

  strikes(): readonly Strike[] {
    return this.#weather.strikes();
  }

  async stop(): Promise<void> {
    await this.#faults.forget();
    const { backend, daemons, rpcDoors, apiDoor } = this.#parts;
    await Promise.all(Object.values(daemons).map((daemon) => daemon.kill()));
    for (const door of rpcDoors) door.close();
    await this.#transport.close();
    await apiDoor.close();
    await backend.stop();
    for (const signal of endingSignals) process.removeListener(signal, end);
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** The three Providers, Ready, and both images. */
  async #furnish(): Promise<void> {
    const { backend } = this.#parts;
    for (const name of ['template', 'imported'] as const)
      await this.#people.create('VMImage', name, { source: backend.sourceOf(name) });
    for (const name of providerNames)
      await this.#people.create('Provider', name, { type: backend.type, endpoint: backend.endpointOf(name) });
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
