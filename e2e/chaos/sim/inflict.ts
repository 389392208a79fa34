import type { VmRecord } from '../../../packages/provider-mock/src/hypervisor/records.ts';
import { aimForMs, columnOf, type Fault, type HypervisorName } from '../scenario/scenario.ts';
import type { ApiNet } from './api-net.ts';
import type { Cast } from './cast.ts';
import type { EventLoop } from './event-loop.ts';
import type { MemoryHypervisor } from './memory-state.ts';
import type { CallUnderWay, Fate, Weather } from './weather.ts';

/** What faults act on. */
export interface Stage {
  readonly loop: EventLoop;
  readonly weather: Weather;
  readonly apiNet: ApiNet;
  readonly cast: Cast;
  readonly hypervisors: Readonly<Record<HypervisorName, MemoryHypervisor>>;
  readonly copied: (hypervisor: MemoryHypervisor, copy: VmRecord) => void;
}

type Of<K extends Fault['kind']> = Extract<Fault, { kind: K }>;

/** Lets faults begin, and end: each by itself after its time, all of them when they are told to. */
export class Faults {
  readonly #stage: Stage;
  readonly #ends = new Set<() => void>();
  #copies = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Ends all that goes on. */
  end(): void {
    for (const end of [...this.#ends]) end();
  }

  begin(fault: Fault): void {
    const { weather, hypervisors, apiNet, cast } = this.#stage;
    this.#stage.loop.note(JSON.stringify(fault));
    switch (fault.kind) {
      case 'kill':
      case 'stop':
        return this.#aimed(fault);
      case 'drop-reply':
      case 'duplicate':
        return this.#onCalls(fault);
      case 'late-call':
        return this.#lateCall(fault);
      case 'lag': {
        weather.lagMs = fault.lagMs;
        return this.#window(fault, () => (weather.lagMs = 0));
      }
      case 'partial-list':
        return this.#partialList(fault, hypervisors[fault.hypervisor]);
      case 'blind': {
        for (const hypervisor of Object.values(hypervisors)) hypervisor.blind(fault.target, true);
        return this.#window(fault, () => {
          for (const hypervisor of Object.values(hypervisors)) hypervisor.blind(fault.target, false);
        });
      }
      case 'copied-stamp':
        return this.#copyStamp(fault);
      case 'watch-reset': {
        for (const call of weather.underWay()) weather.struck('watch-reset', call);
        weather.resetStreams();
        apiNet.resetWatches(fault.expire, [cast.process('manager-1'), cast.process('manager-2')]);
        return this.#window(fault, () => undefined);
      }
      case 'vanish': {
        hypervisors[fault.hypervisor].setKnobs({ blind: true });
        return this.#window(fault, () => hypervisors[fault.hypervisor].setKnobs({ blind: false }));
      }
    }
  }

  /** Strikes in the middle of the next call of its RPC that concerns its target. */
  #aimed(fault: Of<'kill'> | Of<'stop'>): void {
    const { loop, weather } = this.#stage;
    let isDone = false;
    const strike = () => {
      if (isDone) return;
      isDone = true;
      unaim();
      this.#ends.delete(strike);
      this.#killOrStop(fault);
    };
    const unaim = weather.aim({
      rpc: fault.aim,
      strike: (call) => {
        if (fault.target.startsWith('manager') && call.caller.name !== fault.target) return undefined;
        // Any moment of the call is as good as another: some last microseconds, some seconds.
        loop.schedule(10 ** (weather.chance.next() * 3 - 1), undefined, strike);
        return undefined;
      },
    });
    const giveUp = loop.schedule(aimForMs, undefined, strike);
    this.#ends.add(() => {
      loop.cancel(giveUp);
      unaim();
      isDone = true;
    });
  }

  #killOrStop(fault: Of<'kill'> | Of<'stop'>): void {
    const { weather, cast } = this.#stage;
    const process = cast.process(fault.target);
    const column = columnOf(fault);
    for (const call of weather.underWay()) {
      if (fault.target === 'apiserver' || call.caller === process || call.server === process)
        weather.struck(column, call);
    }
    if (fault.kind === 'kill') {
      cast.kill(fault.target);
      this.#later(fault.forMs, () => cast.startUnlessRunning(fault.target));
    } else {
      cast.stop(fault.target);
      this.#later(fault.forMs, () => cast.resume(fault.target));
    }
  }

  /** Meets the next few calls of its RPC. */
  #onCalls(fault: Of<'drop-reply'> | Of<'duplicate'>): void {
    const { weather } = this.#stage;
    let left = fault.times;
    const unaim = weather.aim({
      rpc: fault.aim,
      strike: (call): Fate | undefined => {
        if (left === 0) return undefined;
        left -= 1;
        weather.struck(fault.kind, call);
        return fault.kind === 'drop-reply'
          ? { reply: weather.chance.percent(60) ? 'reset' : 'silence', againAfterMs: undefined, holdUntil: undefined }
          : { reply: 'delivered', againAfterMs: 10 ** (weather.chance.next() * 4), holdUntil: undefined };
      },
    });
    if (fault.kind === 'drop-reply') weather.apiRepliesLostPercent = 10;
    this.#later(fault.forMs, () => {
      unaim();
      if (fault.kind === 'drop-reply') weather.apiRepliesLostPercent = 0;
    });
  }

  /** A call is held up; its manager stops or dies, another leads; then the call arrives after all. */
  #lateCall(fault: Of<'late-call'>): void {
    const { loop, weather } = this.#stage;
    let isHeld = false;
    const unaim = weather.aim({
      rpc: fault.aim,
      strike: (call): Fate | undefined => {
        if (isHeld) return undefined;
        isHeld = true;
        weather.struck('late-call', call);
        return {
          reply: 'delivered',
          againAfterMs: undefined,
          holdUntil: (deliver) => {
            loop.schedule(0, undefined, () => this.#replaceLeader(call, weather.chance.percent(50)));
            this.#later(weather.chance.integer(18_000, 40_000), deliver);
          },
        };
      },
    });
    this.#later(fault.forMs, unaim);
  }

  #replaceLeader({ caller }: CallUnderWay, isKilled: boolean): void {
    const { cast, weather } = this.#stage;
    const component = cast.componentOf(caller);
    if (!component) return;
    if (isKilled) {
      cast.kill(component);
      this.#later(weather.chance.integer(17_000, 30_000), () => cast.startUnlessRunning(component));
    } else {
      cast.stop(component);
      this.#later(weather.chance.integer(17_000, 60_000), () => cast.resume(component));
    }
  }

  #partialList(fault: Of<'partial-list'>, hypervisor: MemoryHypervisor): void {
    const { weather } = this.#stage;
    const names = hypervisor.vms().map(({ name }) => name);
    hypervisor.setKnobs({ hidden: names.filter(() => weather.chance.percent(fault.percent)) });
    // A list is made when a session begins, or its watch begins anew.
    weather.resetStreams();
    this.#window(fault, () => hypervisor.setKnobs({ hidden: [] }));
  }

  #copyStamp(fault: Of<'copied-stamp'>): void {
    const { weather, hypervisors, copied } = this.#stage;
    const all = Object.values(hypervisors).flatMap((hypervisor) => hypervisor.vms().map((vm) => ({ hypervisor, vm })));
    const stamped = all.filter(({ vm }) => vm.stamp?.carrier === vm.id);
    if (stamped.length === 0) return;
    const { hypervisor, vm } =
      stamped.find((each) => each.vm.name === `default.${fault.vm}`) ?? weather.chance.pick(stamped);
    this.#copies += 1;
    const copy = { ...vm, id: `copy-${String(this.#copies)}`, name: `copy-${String(this.#copies)}-of-${vm.name}` };
    copied(hypervisor, copy);
    hypervisor.define(copy);
    this.#window(fault, () => undefined);
  }

  #window(fault: Fault, end: () => void): void {
    const closed = this.#stage.weather.window(columnOf(fault));
    this.#later(fault.forMs, () => {
      closed();
      end();
    });
  }

  /** Once, after that time, or when everything ends. */
  #later(delayMs: number, act: () => void): void {
    const { loop } = this.#stage;
    const once = () => {
      if (this.#ends.delete(once)) act();
    };
    this.#ends.add(once);
    loop.schedule(delayMs, undefined, once);
  }
}
