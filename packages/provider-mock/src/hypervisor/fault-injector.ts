import { setTimeout as delay } from 'node:timers/promises';
import { HypervisorError } from './hypervisor-error.ts';
import type { HypervisorState } from './hypervisor-state.ts';
import type { Fault } from './knobs.ts';

/** The VM that a step works on, by which a fault may be bound to it. */
export interface Subject {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

type FailEffect = Extract<Fault['effect'], { kind: 'fail' }>;

/** What a fault with the effect `fail` makes a call answer. */
export class InjectedFailure extends HypervisorError {
  /** What the call is to answer. */
  readonly status: FailEffect['code'];
  /** Undefined: the caller is not to know whether it was done. */
  readonly reason: string | undefined;

  constructor(effect: FailEffect) {
    super('Injected', effect.message);
    this.status = effect.code;
    this.reason = effect.reason;
  }
}

/** Lets the faults of the knobs strike where they should. */
export class FaultInjector {
  readonly #state: Pick<HypervisorState, 'knobs' | 'countStrike'>;

  constructor(state: Pick<HypervisorState, 'knobs' | 'countStrike'>) {
    this.#state = state;
  }

  /** Passes a point where faults may strike. Rejects, waits or ends this process as they say. */
  async pass(point: string, subject: Subject, signal: AbortSignal): Promise<void> {
    const { faults } = await this.#state.knobs.read();
    for (const fault of faults) {
      if (matches(fault, point, subject) && (await this.#take(fault))) await strike(fault.effect, signal);
    }
  }

  async #take({ id, times }: Fault): Promise<boolean> {
    return times === undefined || (await this.#state.countStrike(id, times));
  }
}

function matches(fault: Fault, point: string, { id, name }: Subject): boolean {
  const there = fault.point.endsWith('*') ? point.startsWith(fault.point.slice(0, -1)) : point === fault.point;
  return there && (fault.vm === undefined || fault.vm === id || fault.vm === name);
}

async function strike(effect: Fault['effect'], signal: AbortSignal): Promise<void> {
  switch (effect.kind) {
    case 'fail':
      throw new InjectedFailure(effect);
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return;
    case 'hang':
      return await new Promise((_resolve, reject) => {
        const end = () => reject(new HypervisorError('Unreachable', 'the call hung until it was given up'));
        if (signal.aborted) end();
        else signal.addEventListener('abort', end, { once: true });
      });
    case 'delay':
      await delay(effect.delayMs, undefined, { signal });
  }
}
