import type { Endpoint } from '../hosted-state.ts';
import type { WorkloadSpec } from '../workload.ts';
import { differsInReplicasOnly } from '../workload.ts';
import type { Replica } from './replica.ts';

/** A replica, as far as its succession goes. */
export type Succeeded = Pick<Replica, 'name' | 'state' | 'stop'>;

/** A replica, and what it was started for. */
interface Member<R> {
  readonly replica: R;
  readonly spec: WorkloadSpec;
}

/** Settings of {@link Generations}. */
export interface GenerationsOptions<R> {
  /** Starts a replica of this number for a spec. */
  readonly start: (name: string, spec: WorkloadSpec) => R;
  /** Those that serve, or the one that is to, are others than before. */
  readonly changed: () => void;
}

/**
 * The replicas of one Provider, as its spec changes: another number of them comes and goes at once; after any other change they are
 * replaced one by one, and none that serves goes before the one in its place can be sent to.
 */
export class Generations<R extends Succeeded> {
  readonly #options: GenerationsOptions<R>;
  #spec: WorkloadSpec | undefined;
  #members: readonly Member<R>[] = [];
  /** Started for the spec as it is now, in the place of the member of its name, which still serves. */
  #successor: Member<R> | undefined;
  readonly #leaving = new Set<Promise<void>>();

  constructor(options: GenerationsOptions<R>) {
    this.#options = options;
  }

  /** Those that serve, or did and will again, by number. */
  get replicas(): readonly R[] {
    return this.#members.map(({ replica }) => replica);
  }

  /** The one that is to take the place of the one of its name. */
  get successor(): R | undefined {
    return this.#successor?.replica;
  }

  /** All that may have a process. */
  get all(): readonly R[] {
    return this.#successor ? [...this.replicas, this.#successor.replica] : this.replicas;
  }

  /** Works towards this spec from now on. */
  want(spec: WorkloadSpec): void {
    this.#spec = spec;
    const { replicas } = spec;
    const leaving: R[] = this.replicas.slice(replicas);
    const kept = this.#members.slice(0, replicas);
    const names = Array.from({ length: replicas - kept.length }, (_, index) => String(kept.length + index));
    this.#members = [...kept, ...names.map((name) => this.#start(name, spec))];
    const successor = this.#successor;
    if (successor && !(this.#isCurrent(successor) && Number(successor.replica.name) < replicas)) {
      leaving.push(successor.replica);
      this.#successor = undefined;
    }
    leaving.push(...this.#succeed(spec));
    this.#leave(leaving);
  }

  /** An instance can be sent to: the one whose place it takes may go. */
  serves({ address }: Endpoint): void {
    const successor = this.#successor;
    if (!successor || !this.#spec || !listensAt(successor.replica, address)) return;
    this.#successor = undefined;
    const before = this.#members.find(({ replica }) => replica.name === successor.replica.name);
    this.#members = this.#members.map((member) => (member === before ? successor : member));
    this.#leave([...(before ? [before.replica] : []), ...this.#succeed(this.#spec)]);
  }

  /** Drains and ends all. */
  async stop(): Promise<void> {
    await Promise.all([...this.#leaving, ...this.all.map((replica) => replica.stop())]);
  }

  /** Begins to replace the next that is not as wanted. @returns those that serve nothing, and so go at once. */
  #succeed(spec: WorkloadSpec): readonly R[] {
    const idle = this.#members.filter((member) => !this.#isCurrent(member) && member.replica.state.kind !== 'Running');
    this.#members = this.#members.map((member) => (idle.includes(member) ? this.#heir(member, spec) : member));
    const next = this.#members.find((member) => !this.#isCurrent(member));
    if (next && !this.#successor) this.#successor = this.#start(next.replica.name, spec);
    return idle.map(({ replica }) => replica);
  }

  #heir({ replica: { name } }: Member<R>, spec: WorkloadSpec): Member<R> {
    const successor = this.#successor;
    if (successor?.replica.name !== name) return this.#start(name, spec);
    this.#successor = undefined;
    return successor;
  }

  /** Nothing is sent to those that leave before they are told to drain. */
  #leave(replicas: readonly R[]): void {
    this.#options.changed();
    for (const replica of replicas) {
      const left = replica.stop().finally(() => this.#leaving.delete(left));
      this.#leaving.add(left);
    }
  }

  #start(name: string, spec: WorkloadSpec): Member<R> {
    return { replica: this.#options.start(name, spec), spec };
  }

  #isCurrent({ spec }: Member<R>): boolean {
    return this.#spec !== undefined && differsInReplicasOnly(spec, this.#spec);
  }
}

function listensAt({ state }: Succeeded, address: string): boolean {
  return state.kind === 'Running' && state.address === address;
}
