import type { Clock, Random } from '@virtrigaud/kube-runtime';
import type { Logger } from '@virtrigaud/service-kit';
import { jitteredBackoffMs } from '../../transport/backoff.ts';
import { sleep } from '../../transport/provider-channel.ts';
import type { ProviderProcess } from './provider-process.ts';

/** How long a process that ended is left alone; one that ran longer than the longest wait begins anew. */
const restartBackoff = { baseMs: 500, maxMs: 60_000 };

/** Where one replica stands. */
export type ReplicaState =
  | { readonly kind: 'Starting' }
  | {
      readonly kind: 'Running';
      readonly address: string;
      readonly metricsPort?: number | undefined;
      /** Aborts when this process has ended. */
      readonly over: AbortSignal;
    }
  | { readonly kind: 'Failed'; readonly why: string; readonly sinceMs: number };

/** Settings of {@link Replica}. */
export interface ReplicaOptions {
  /** Its number, from 0: the same after each start. */
  readonly name: string;
  /** Starts the process once. */
  readonly start: () => Promise<ProviderProcess>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly changed: () => void;
}

/** One replica: a process that is started again, ever later, when it ends. */
export class Replica {
  readonly name: string;
  readonly #options: ReplicaOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #process: ProviderProcess | undefined;
  #state: ReplicaState = { kind: 'Starting' };

  constructor(options: ReplicaOptions) {
    this.name = options.name;
    this.#options = options;
    this.#running = this.#run(this.#stop.signal);
  }

  get state(): ReplicaState {
    return this.#state;
  }

  /** The process that runs now. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Drains and ends it for good. Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#process?.stop();
    await this.#running;
  }

  /** Ends the process that listens at this address, which does not answer, so that another takes its place. */
  replace(address: string): void {
    if (this.#state.kind !== 'Running' || this.#state.address !== address) return;
    this.#options.logger.warn('provider process does not answer; it is replaced', { pid: this.pid });
    this.#process?.kill();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, random, logger } = this.#options;
    for (let failures = 0; !signal.aborted;) {
      const startedMs = clock.monotonicMs();
      const why = await this.#runOnce(signal);
      if (signal.aborted) return;
      failures = clock.monotonicMs() - startedMs > restartBackoff.maxMs ? 1 : failures + 1;
      logger.warn('provider process is not running', { why, failures });
      await sleep(clock, jitteredBackoffMs(failures, restartBackoff, random), signal);
    }
  }

  /** One process, from its start to its end. @returns how it ended. */
  async #runOnce(signal: AbortSignal): Promise<string> {
    const { start, clock, logger } = this.#options;
    const over = new AbortController();
    let why: string;
    try {
      const process = await start();
      this.#process = process;
      // Stopped while it was being started: nobody else would end it.
      if (signal.aborted) await process.stop();
      const { address, metricsPort } = await process.announced();
      if (!signal.aborted) {
        logger.info('provider process serves', { pid: process.pid, address, metricsPort });
        this.#set({ kind: 'Running', address, metricsPort, over: over.signal });
      }
      why = await process.ended;
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
      // Too late in saying where it listens is a start that failed: it must not go on beside the next.
      this.#process?.kill();
      await this.#process?.ended;
    }
    this.#process = undefined;
    // Before it is said that it runs no more: whoever hears that asks whether it may still be at something.
    over.abort();
    if (!signal.aborted) {
      const before = this.#state.kind === 'Failed' ? this.#state.sinceMs : undefined;
      this.#set({ kind: 'Failed', why, sinceMs: before ?? clock.epochMs() });
    }
    return why;
  }

  #set(state: ReplicaState): void {
    this.#state = state;
    this.#options.changed();
  }
}
