import { ReplicaMode } from '@virtrigaud/grpc-contract/client';
import { rendezvous } from '../transport/rendezvous.ts';
import type { Instance, Route } from '../transport/route.ts';
import { differingHypervisors } from './differing-hypervisors.ts';
import { isUsable, type LinkState } from './connection-state.ts';

/** An instance, and what is known of it. */
export interface KnownInstance extends Instance {
  readonly state: LinkState;
}

/**
 * Which instance a call goes to. Where all may work at a time, each VM has its own for as long as that is there; where one has to
 * stand by, all go to the same until it is gone.
 */
export class InstanceRoute implements Route {
  readonly #instances: () => readonly KnownInstance[];
  readonly #leaving: () => readonly string[];
  #active: KnownInstance | undefined;

  /** @param leaving - names those that are not used any more, and may still work on what they were sent. */
  constructor(instances: () => readonly KnownInstance[], leaving: () => readonly string[] = () => []) {
    this.#instances = instances;
    this.#leaving = leaving;
  }

  pick(subject: string, failed: ReadonlySet<Instance> = new Set()): KnownInstance | undefined {
    const usable = this.#usable();
    if (usable.some(({ state }) => state.info?.replicaMode !== ReplicaMode.ACTIVE_ACTIVE)) return this.#sticky(usable);
    const untried = usable.filter((instance) => !failed.has(instance));
    return rendezvous(subject, untried.length > 0 ? untried : usable);
  }

  knowers(subject: string): { readonly instances: readonly Instance[]; readonly silent: readonly string[] } {
    const all = this.#instances();
    const likeliest = this.pick(subject);
    const usable = this.#answering();
    const others = usable.filter((instance) => instance !== likeliest);
    return {
      instances: likeliest ? [likeliest, ...others] : others,
      silent: [
        ...all.filter((instance) => !usable.includes(instance)).map(({ name }) => name),
        ...this.#leaving().map((name) => `${name} (leaving)`),
      ],
    };
  }

  /** Of those that are at different hypervisors, none. */
  #answering(): readonly KnownInstance[] {
    const all = this.#instances();
    return differingHypervisors(all) === undefined ? all.filter(({ state }) => isUsable(state)) : [];
  }

  /** One that cannot see the hypervisor, or drains, is used only where there is no other. */
  #usable(): readonly KnownInstance[] {
    const usable = this.#answering();
    const serving = usable.filter(({ state }) => state.health.kind !== 'NotServing');
    return serving.length > 0 ? serving : usable;
  }

  #sticky(usable: readonly KnownInstance[]): KnownInstance | undefined {
    if (!this.#active || !usable.includes(this.#active)) this.#active = usable[0];
    return this.#active;
  }
}
