import { aProvider, aState, uid, type VmParts } from './builders.ts';
import type { CallSpec, Reply, UnaryMethod } from '../transport/provider-channel.ts';
import { Killed, ModelHypervisor, type Fate, type Pace } from './model-hypervisor.ts';
import { Simulation } from './simulation.ts';

/** What else happens to a life, once each time that its key was worked. */
export type Event = { readonly kind: 'Nothing' | 'Killed' } | { readonly kind: 'StreamLost'; readonly forMs: number };

/** How a {@link WatchedLife} begins, and what happens to it. */
export interface LifeScript {
  readonly vm: VmParts;
  readonly fates: readonly Fate[];
  readonly pace: Pace;
  readonly events?: readonly Event[];
  /** Whether the manager is killed, at each write: once before it and once after it. */
  readonly killedAtWrite?: readonly boolean[];
  /** When the object is deleted; undefined: it is not. */
  readonly deletedAtMs?: number | undefined;
}

/** More rounds than any life takes that comes to rest. */
const maxRounds = 400;
/** As many rounds that change nothing are rest: more than there are troubles in any script. */
const quietRounds = 20;
/** After this time nothing that was sent can take effect any more, in milliseconds. */
const allOverMs = 600_000;

/** A VM's life at a {@link ModelHypervisor}, under a watch that no rule of safety is broken. */
export class WatchedLife {
  readonly life: Simulation;
  readonly model: ModelHypervisor;
  /** The rules that were broken, in words. */
  readonly broken: string[] = [];
  readonly #events: Event[];
  readonly #killedAtWrite: boolean[];
  #lastMutation = '';
  #hasLooked = true;
  #isSeenAbsent = false;
  #isDeleteSent = false;
  #isChecked = false;

  constructor(script: LifeScript) {
    const { vm, fates, pace, events = [], killedAtWrite = [], deletedAtMs } = script;
    this.#events = [...events];
    this.#killedAtWrite = [...killedAtWrite];
    const life = new Simulation(vm);
    this.life = life;
    this.model = new ModelHypervisor(life.clock, {
      fates,
      pace,
      listener: {
        called: (spec) => this.#called(spec),
        answered: (spec, reply) => this.#answered(spec, reply),
        streamed: (owner, now) => {
          const last = life.inventory.last(owner);
          if (now) life.inventory.upsert(now);
          else if (last) life.inventory.gone({ id: last.id, owner: last.owner });
        },
        taskEnded: (task) => life.tasks.heard(task),
      },
    });
    life.hypervisor = this.model;
    life.aroundWrite = () => {
      if (this.#killedAtWrite.shift() === true) throw new Killed('at a write');
    };
    if (deletedAtMs !== undefined) life.clock.schedule(deletedAtMs, () => this.#delete());
  }

  /** Works the key, and lets time pass, until nothing is due and nothing can go wrong any more. */
  async run(): Promise<void> {
    const { life, model } = this;
    let quiet = 0;
    for (let round = 0; round < maxRounds; round += 1) {
      const before = [life.writes, model.calls.length];
      const waitMs = await this.#work();
      this.#check();
      this.#happen();
      const dueMs = Math.min(waitMs, life.clock.dueInMs() ?? Infinity);
      const isQuiet = life.clock.dueInMs() === undefined && life.writes === before[0];
      quiet = isQuiet && model.calls.length - (before[1] ?? 0) <= 1 && waitMs >= 60_000 ? quiet + 1 : 0;
      // What is refused, or waited for, is looked at again for ever, and says the same.
      if (dueMs === Infinity || quiet > quietRounds) {
        life.clock.advance(allOverMs);
        return;
      }
      life.clock.advance(dueMs);
    }
    this.broken.push(`does not come to rest: ${life.trace.slice(-40).join('; ')}`);
  }

  /** What no finalizer holds is gone at once. */
  #delete(): void {
    if (this.life.vm?.metadata.finalizers?.length) this.life.delete();
    else this.life.vm = undefined;
  }

  async #work(): Promise<number> {
    try {
      const result = await this.life.reconcile();
      return result.kind === 'requeue' ? result.afterMs : Infinity;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      this.#restart();
      return 0;
    }
  }

  #restart(): void {
    this.#check();
    this.life.trace.push('killed');
    this.model.fence();
    this.life.restart();
    // The provider has listed what is there.
    this.#hasLooked = true;
    this.#isSeenAbsent = false;
  }

  #happen(): void {
    const { life, model } = this;
    const event = this.#events.shift();
    if (event?.kind === 'Killed') this.#restart();
    if (event?.kind !== 'StreamLost' || life.view.unavailable) return;
    const sinceMs = life.clock.epochMs();
    life.inventory.lose('no answer', sinceMs);
    life.view = aProvider({ unavailable: { reason: 'InventoryStale', message: 'no answer', sinceMs } });
    life.clock.schedule(event.forMs, () => {
      life.view = aProvider();
      life.inventory.resync();
      for (const vm of model.vms.values()) life.inventory.upsert(vm);
      life.inventory.bookmark(true);
    });
  }

  #called({ method, kind, request }: CallSpec<UnaryMethod>): void {
    if (kind === 'read') return;
    const { mutation, id } = request as { readonly mutation?: { readonly operationId: string }; readonly id?: string };
    const name = `${method} ${mutation?.operationId ?? id ?? ''}`;
    if ((method === 'create' || method === 'adopt') && !this.life.status.binding)
      this.broken.push(`${method} while it is not written where it is made`);
    if (name === this.#lastMutation && !this.#hasLooked) this.broken.push(`${name} again, without a look in between`);
    this.#lastMutation = name;
    this.#isDeleteSent ||= method === 'delete';
    this.#hasLooked = false;
    this.#isSeenAbsent = false;
  }

  #answered({ method, request }: CallSpec<UnaryMethod>, reply: Reply<unknown>): void {
    const { owner } = request as { readonly owner?: { readonly uid: string } };
    if (method !== 'describe' || owner?.uid !== uid) return;
    this.#hasLooked = true;
    this.#isSeenAbsent = !reply.ok;
  }

  /** The finalizer leaves last. */
  #check(): void {
    const { gone } = this.life;
    if (!gone || this.#isChecked) return;
    this.#isChecked = true;
    if (!gone.status?.binding) return;
    if (!this.#isDeleteSent) this.broken.push('the finalizer left, and no Delete was sent');
    if (!this.#isSeenAbsent)
      this.broken.push('the finalizer left before the machine was seen to be absent after all that was sent');
  }
}

/** A machine of ours that is there when the life begins; the inventory knows it. */
export function withMachine(watched: WatchedLife, change: Parameters<typeof aState>[0]): void {
  const vm = aState(change);
  watched.model.vms.set(uid, vm);
  watched.life.inventory.upsert(vm);
}
