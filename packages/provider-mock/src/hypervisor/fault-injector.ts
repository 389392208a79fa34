import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createDurably, isThere, makePrivateDirectory } from './durable-file.ts';
import { HypervisorError } from './hypervisor-error.ts';
import type { Fault, KnobBoard } from './knobs.ts';

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
  readonly #knobs: KnobBoard;
  readonly #directory: string;

  private constructor(knobs: KnobBoard, directory: string) {
    this.#knobs = knobs;
    this.#directory = directory;
  }

  static async open(knobs: KnobBoard, directory: string): Promise<FaultInjector> {
    await makePrivateDirectory(directory);
    return new FaultInjector(knobs, directory);
  }

  /** Passes a point where faults may strike. Rejects, waits or ends this process as they say. */
  async pass(point: string, subject: Subject, signal: AbortSignal): Promise<void> {
    const { faults } = await this.#knobs.read();
    for (const fault of faults) {
      if (matches(fault, point, subject) && (await this.#take(fault))) await strike(fault.effect, signal);
    }
  }

  /** Counts in files, since a fault of one time must strike in one process of several, and a killed one cannot count. */
  async #take({ id, times }: Fault): Promise<boolean> {
    if (times === undefined) return true;
    for (let n = 1; n <= times; n += 1) {
      const path = join(this.#directory, `${id}.${n}`);
      if (!(await isThere(path)) && (await createDurably(path, ''))) return true;
    }
    return false;
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
