import type { Strike } from '../level.ts';
import type { Chance } from '../scenario/random.ts';
import { rpcs, type FaultColumn, type Rpc } from '../scenario/scenario.ts';
import type { EventLoop, SimProcess } from './event-loop.ts';

/** A call of the contract that is under way. */
export interface CallUnderWay {
  /** Undefined: it is not one of the scenario's, such as the health service's. */
  readonly rpc: Rpc | undefined;
  readonly caller: SimProcess;
  /** Undefined until it has arrived. */
  server: SimProcess | undefined;
  /** Breaks a stream. */
  readonly reset?: () => void;
}

/** What will happen to a call. */
export interface Fate {
  readonly reply: 'delivered' | 'reset' | 'silence';
  /** So much later it arrives once more. */
  readonly againAfterMs: number | undefined;
  /** Its way is held up until this is called. */
  readonly holdUntil: ((deliver: () => void) => void) | undefined;
}

const usual: Fate = { reply: 'delivered', againAfterMs: undefined, holdUntil: undefined };

/** Waits for the next call of one RPC. @returns its fate, or undefined when it is not meant. */
export interface Aim {
  readonly rpc: Rpc;
  readonly strike: (call: CallUnderWay) => Fate | undefined;
}

/** What the network is like: how long things take, and what goes wrong with them just now. */
export class Weather {
  readonly #loop: EventLoop;
  readonly #chance: Chance;
  readonly #underWay = new Set<CallUnderWay>();
  readonly #windows = new Map<FaultColumn, number>();
  readonly #strikes = new Map<string, Strike>();
  readonly #aims = new Set<Aim>();
  /** How much later what is streamed arrives. */
  lagMs = 0;
  /** The share of the answers of the API server to writes that are lost. */
  apiRepliesLostPercent = 0;

  constructor(loop: EventLoop, chance: Chance) {
    this.#loop = loop;
    this.#chance = chance;
  }

  get chance(): Chance {
    return this.#chance;
  }

  /** How long one message takes. */
  latencyMs(): number {
    const share = this.#chance.next();
    if (share < 0.97) return 0.1 + this.#chance.next() * 2;
    return this.#chance.next() * 80;
  }

  /** How long one access to a disk takes. */
  diskMs(): number {
    return 0.02 + this.#chance.next() * 0.4;
  }

  /** A call begins. @returns its fate. */
  begins(call: CallUnderWay): Fate {
    this.#underWay.add(call);
    for (const column of this.#windows.keys()) this.struck(column, call);
    for (const aim of this.#aims) {
      const fate = aim.rpc === call.rpc ? aim.strike(call) : undefined;
      if (fate) return fate;
    }
    return usual;
  }

  ends(call: CallUnderWay): void {
    this.#underWay.delete(call);
  }

  underWay(): readonly CallUnderWay[] {
    return [...this.#underWay];
  }

  struck(column: FaultColumn, { rpc }: CallUnderWay): void {
    if (rpc) this.#strikes.set(`${column}/${rpc}`, { column, rpc });
  }

  strikes(): readonly Strike[] {
    return [...this.#strikes.values()];
  }

  /** A fault begins that lasts: every call in its time counts. @returns what ends it. */
  window(column: FaultColumn): () => void {
    this.#windows.set(column, (this.#windows.get(column) ?? 0) + 1);
    for (const call of this.#underWay) this.struck(column, call);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      const left = (this.#windows.get(column) ?? 1) - 1;
      if (left === 0) this.#windows.delete(column);
      else this.#windows.set(column, left);
    };
  }

  /** Waits for calls. @returns what ends that. */
  aim(aim: Aim): () => void {
    this.#aims.add(aim);
    return () => this.#aims.delete(aim);
  }

  /** Breaks all streams of the contract. */
  resetStreams(): void {
    for (const call of this.#underWay) call.reset?.();
  }

  /** Lets something be seen in the history of events. */
  note(text: string): void {
    this.#loop.note(text);
  }
}

/** The RPC of a path, if it is one of the scenario's. */
export function rpcOf(path: string): Rpc | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return path.startsWith('/virtrigaud.') ? rpcs.find((rpc) => rpc === name) : undefined;
}
