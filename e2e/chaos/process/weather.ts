import type { Strike } from '../level.ts';
import { rpcs, type Component, type FaultColumn, type ProviderName, type Rpc } from '../scenario/scenario.ts';

/** A call of the contract that is on its way from a manager to a provider. */
export interface Call {
  readonly rpc: Rpc;
  readonly manager: Component;
  readonly provider: ProviderName;
  /** Breaks it, as when a connection is reset. */
  readonly reset: () => void;
}

/** What becomes of a call. */
export interface Fate {
  /** `reset`: it is done, and its caller learns of a broken connection; `silence`: of nothing. */
  readonly reply: 'delivered' | 'reset' | 'silence';
  /** So much later it arrives once more. */
  readonly againAfterMs?: number;
  /** It is delivered when this resolves, whoever still waits for it. */
  readonly heldUntil?: Promise<void>;
}

const usual: Fate = { reply: 'delivered' };

/** Waits for calls of one RPC. */
interface Aim {
  readonly column: FaultColumn;
  readonly rpc: Rpc;
  /** Undefined: this call is not meant. */
  readonly strike: (call: Call) => Fate | undefined;
}

/** What goes wrong on the way just now, and what has been hit so far. */
export class Weather {
  readonly #underWay = new Set<Call>();
  readonly #windows: FaultColumn[] = [];
  readonly #aims = new Set<Aim>();
  readonly #strikes = new Map<string, Strike>();
  /** How much later what is streamed arrives. */
  lagMs = 0;

  /** A call begins. @returns its fate. */
  begins(call: Call): Fate {
    this.#underWay.add(call);
    for (const column of this.#windows) this.struck(column, call.rpc);
    for (const aim of this.#aims) {
      const fate = aim.rpc === call.rpc ? aim.strike(call) : undefined;
      if (fate === undefined) continue;
      this.struck(aim.column, call.rpc);
      return fate;
    }
    return usual;
  }

  ends(call: Call): void {
    this.#underWay.delete(call);
  }

  /** Calls that are under way, of one component or of all. */
  underWay(of?: Component): readonly Call[] {
    return [...this.#underWay].filter(({ manager, provider }) => of === undefined || of === manager || of === provider);
  }

  struck(column: FaultColumn, rpc: Rpc): void {
    this.#strikes.set(`${column}/${rpc}`, { column, rpc });
  }

  strikes(): readonly Strike[] {
    return [...this.#strikes.values()];
  }

  /** A fault begins that lasts: every call in its time counts. @returns what ends it. */
  window(column: FaultColumn): () => void {
    this.#windows.push(column);
    for (const { rpc } of this.#underWay) this.struck(column, rpc);
    let isOpen = true;
    return () => {
      if (isOpen) this.#windows.splice(this.#windows.indexOf(column), 1);
      isOpen = false;
    };
  }

  /** @returns what ends the wait. */
  aim(aim: Aim): () => void {
    this.#aims.add(aim);
    return () => this.#aims.delete(aim);
  }

  /** Resolves with the next call of the RPC, or with nothing when time is over. */
  nextCall(column: FaultColumn, rpc: Rpc, withinMs: number): Promise<Call | undefined> {
    return new Promise((resolve) => {
      const aim = this.aim({
        column,
        rpc,
        strike: (call) => {
          over(call);
          return usual;
        },
      });
      const over = (call: Call | undefined) => {
        clearTimeout(timer);
        aim();
        resolve(call);
      };
      const timer = setTimeout(() => over(undefined), withinMs);
    });
  }
}

/** The RPC of a path, if it is one of the scenario's. */
export function rpcOf(path: string): Rpc | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return path.startsWith('/virtrigaud.') ? rpcs.find((rpc) => rpc === name) : undefined;
}
