import type { Truth } from './checker/truth.ts';
import type { Scale } from './scenario/compose.ts';
import type { Fault, FaultColumn, Operation, Rpc } from './scenario/scenario.ts';

/** A place where a script can be played: simulated, as processes, with a real libvirt. */
export interface Level {
  readonly name: string;
  readonly scale: Scale;
  /** How long everything may take to come to rest after the last line, by the world's own clock. */
  readonly patienceMs: number;
  /** Makes a world with the three Providers of the scenario, Ready, and both images; no machine yet. */
  start(seed: number): Promise<World>;
}

/** One run's world. */
export interface World {
  /**
   * Does what a person does, again until the API server has acknowledged it, and however long it is out of reach.
   *
   * @returns `skipped`: the object is still being deleted, or gone, so that there was nothing to do.
   */
  perform(operation: Operation): Promise<'done' | 'skipped'>;
  /** Begins a fault, without waiting for its end. */
  inflict(fault: Fault): Promise<void>;
  /** Lets time pass, by the world's own clock. */
  pause(ms: number): Promise<void>;
  /** Ends what is left of faults, and starts what is down. */
  heal(): Promise<void>;
  /** What is there now: hypervisors past their providers, and the API server's own objects. */
  truth(): Promise<Truth>;
  /** Which calls were under way, or hit, when a fault struck. */
  strikes(): readonly Strike[];
  /** What tells this history from any other; only where a seed always has the same one. */
  history?(): string;
  /** Ends everything, and leaves nothing behind. */
  stop(): Promise<void>;
}

/** One cell of the matrix that was hit. */
export interface Strike {
  readonly column: FaultColumn;
  readonly rpc: Rpc;
}
