import type { Machine } from '../checker/truth.ts';
import type { Chance } from '../scenario/random.ts';
import { columnOf, hypervisorOf, providerNames, type Component, type Fault } from '../scenario/scenario.ts';
import type { End } from './backend.ts';
import { startApiServer, type Parts } from './parts.ts';
import { aimMs, leadersPace, leaseSeconds, pace } from './timing.ts';
import type { Call, Fate, Weather } from './weather.ts';

type Of<K extends Fault['kind']> = Extract<Fault, { kind: K }>;

/** Lets faults happen to processes, and ends them. */
export class Faults {
  readonly #parts: Parts;
  readonly #weather: Weather;
  readonly #chance: Chance;
  readonly #open = new Set<End>();
  readonly #copies = new Map<string, Machine>();
  /** Those that are to be down, by how many faults. */
  readonly #down = new Map<Component, number>();
  #isHealing = false;

  constructor(parts: { readonly parts: Parts; readonly weather: Weather; readonly chance: Chance }) {
    this.#parts = parts.parts;
    this.#weather = parts.weather;
    this.#chance = parts.chance;
  }

  /** Begins a fault, and sees to its end. */
  async inflict(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'kill':
      case 'stop':
        void this.#aimed(fault);
        return;
      case 'drop-reply':
      case 'duplicate':
        return this.#spoilCalls(fault);
      case 'late-call':
        return this.#holdCall(fault);
      case 'lag':
        this.#weather.lagMs = fault.lagMs;
        return this.#lasting(fault, async () => void (this.#weather.lagMs = 0));
      case 'partial-list':
        return this.#hide(fault);
      case 'blind':
        return this.#lasting(fault, await this.#parts.backend.blind(fault.target));
      case 'vanish':
        return this.#lasting(fault, await this.#parts.backend.vanish(fault.hypervisor));
      case 'copied-stamp':
        return this.#copy(fault);
      case 'watch-reset':
        return this.#resetWatches(fault);
    }
  }

  /** Ends all that is left. */
  async endAll(): Promise<void> {
    this.#isHealing = true;
    await Promise.all([...this.#open].map((end) => end()));
    await Promise.all(Object.keys(this.#parts.daemons).map((name) => this.startAgain(name as Component)));
  }

  /** Nothing is ended or started any more. */
  async forget(): Promise<void> {
    this.#isHealing = true;
    for (const daemon of Object.values(this.#parts.daemons)) daemon.thaw();
    this.#open.clear();
  }

  /** Machines that faults have made and not removed. */
  copies(): readonly Machine[] {
    return [...this.#copies.values()];
  }

  /** Starts what is down, unless a fault keeps it so. */
  async startAgain(name: Component): Promise<void> {
    if ((this.#down.get(name) ?? 0) > 0) return;
    if (name === 'apiserver') {
      if (!this.#parts.daemons.apiserver.isRunning) await startApiServer(this.#parts);
    } else await this.#parts.daemons[name].start();
  }

  /** Waits for the call that it is aimed at, and strikes while that is under way. */
  async #aimed(fault: Of<'kill' | 'stop'>): Promise<void> {
    const column = columnOf(fault);
    const call = await this.#weather.nextCall(column, fault.aim, aimMs);
    if (this.#isHealing) return;
    const { target } = fault;
    for (const { rpc } of this.#weather.underWay(target === 'apiserver' ? undefined : target))
      this.#weather.struck(column, rpc);
    const isProvider = call !== undefined && (providerNames as readonly string[]).includes(target);
    // Some calls arrive, some do not, and some are just being worked on.
    if (isProvider || this.#chance.percent(50)) await pauseMs(this.#chance.integer(0, 15));
    const isManager = target.startsWith('manager');
    const forMs = fault.forMs / (isManager ? leadersPace : pace);
    const daemon = this.#parts.daemons[target];
    if (fault.kind === 'stop') {
      daemon.freeze();
      return this.#until(forMs, async () => daemon.thaw());
    }
    this.#down.set(target, (this.#down.get(target) ?? 0) + 1);
    await daemon.kill();
    return this.#until(forMs, async () => {
      this.#down.set(target, (this.#down.get(target) ?? 1) - 1);
      await this.startAgain(target);
    });
  }

  #spoilCalls(fault: Of<'drop-reply' | 'duplicate'>): void {
    let left = fault.times;
    const dropped: readonly Fate['reply'][] = ['reset', 'reset', 'silence'];
    const end = this.#weather.aim({
      column: columnOf(fault),
      rpc: fault.aim,
      strike: () => {
        left -= 1;
        if (left < 0) return undefined;
        return fault.kind === 'drop-reply'
          ? { reply: this.#chance.pick(dropped) }
          : { reply: 'delivered', againAfterMs: this.#chance.integer(1, 1_500) };
      },
    });
    this.#until(Math.max(aimMs, fault.forMs / pace), async () => end());
  }

  /** Its leader is stopped with the call on its way, until another leads or has had the time for it; then it arrives. */
  #holdCall(fault: Of<'late-call'>): void {
    let isTaken = false;
    const end = this.#weather.aim({
      column: columnOf(fault),
      rpc: fault.aim,
      strike: (call) => {
        if (isTaken) return undefined;
        isTaken = true;
        return { reply: 'delivered', heldUntil: this.#replaced(call) };
      },
    });
    this.#until(Math.max(aimMs, fault.forMs / pace), async () => end());
  }

  #replaced({ manager }: Call): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const daemon = this.#parts.daemons[manager];
    daemon.freeze();
    this.#until(leaseSeconds * 1_000 + this.#chance.integer(500, 3_000), async () => {
      resolve();
      await pauseMs(this.#chance.integer(0, 100));
      daemon.thaw();
    });
    return promise;
  }

  async #hide(fault: Of<'partial-list'>): Promise<void> {
    const shown = await this.#parts.backend.hide(fault.hypervisor, () => this.#chance.percent(fault.percent));
    // A list is asked for when a stream begins anew.
    for (const call of this.#weather.underWay())
      if (call.rpc === 'WatchVMs' && hypervisorOf[call.provider] === fault.hypervisor) call.reset();
    this.#lasting(fault, shown);
  }

  async #copy(fault: Of<'copied-stamp'>): Promise<void> {
    const copy = await this.#parts.backend.copy(
      fault.vm,
      `copy-of-${fault.vm}-${String(this.#chance.integer(0, 1e9))}`,
    );
    if (!copy) return;
    this.#copies.set(copy.machine.id, copy.machine);
    this.#lasting(fault, async () => {
      this.#copies.delete(copy.machine.id);
      await copy.remove();
    });
  }

  async #resetWatches(fault: Of<'watch-reset'>): Promise<void> {
    if (!fault.expire) {
      this.#parts.apiDoor.reset();
      return this.#lasting(fault, async () => this.#parts.apiDoor.reset());
    }
    // What a watch would resume from is known to the API server that lives, and to no other.
    await this.#parts.daemons.apiserver.kill();
    await this.startAgain('apiserver');
    this.#lasting(fault, async () => this.#parts.apiDoor.reset());
  }

  /** A fault that every call in its time meets. */
  #lasting(fault: Fault, end: End): void {
    const close = this.#weather.window(columnOf(fault));
    this.#until(fault.forMs / pace, async () => {
      close();
      await end();
    });
  }

  #until(ms: number, end: End): void {
    const once: End = async () => {
      if (!this.#open.delete(once)) return;
      clearTimeout(timer);
      await end();
    };
    this.#open.add(once);
    const timer = setTimeout(() => {
      once().catch((error: unknown) => process.stderr.write(`a fault could not be ended: ${String(error)}\n`));
    }, ms);
  }
}

function pauseMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
