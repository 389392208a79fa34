import {
  HealthCheckResponse_ServingStatus as Serving,
  HealthName,
  type HealthCheckResponse,
  type HealthHandlers,
} from '@virtrigaud/grpc-contract/server';
import type { HealthCheckOptions, Logger } from '@virtrigaud/service-kit';
import { asContractError, ProviderError } from '../provider-error.ts';
import { pause } from '../session/back-off.ts';
import { Wakeup } from '../rpc/wakeup.ts';

/** How long a watcher of the health may hear nothing; only to notice a reader that has gone. */
const HEARTBEAT_MS = 60_000;

/**
 * The provider's own look at its hypervisor, told by grpc.health.v1. The empty name says whether the process serves; the contract's
 * name says whether the hypervisor answers.
 */
export class HealthMonitor {
  readonly #options: HealthCheckOptions;
  readonly #probe: (timeoutMs: number) => Promise<unknown>;
  readonly #logger: Logger;
  readonly #wakers = new Set<() => void>();
  #provider: Serving;
  #process: Serving = Serving.SERVING;
  #failures = 0;
  #successes = 0;

  constructor(options: HealthCheckOptions, probe: (timeoutMs: number) => Promise<unknown>, logger: Logger) {
    this.#options = options;
    this.#probe = probe;
    this.#logger = logger;
    this.#provider = options.enabled ? Serving.NOT_SERVING : Serving.UNKNOWN;
  }

  /** Whether the hypervisor answered when last asked. */
  get isServing(): boolean {
    return this.#process === Serving.SERVING && this.#provider === Serving.SERVING;
  }

  /** Probes until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    if (!this.#options.enabled) return;
    while (!signal.aborted) {
      await this.#look();
      await pause(this.#options.intervalMs, signal);
    }
  }

  /** A new session stands: no probe is needed to know that the hypervisor answers. */
  connected(): void {
    this.#failures = 0;
    this.#successes = this.#options.successThreshold;
    if (this.#options.enabled) this.#set(Serving.SERVING);
  }

  /** The session is lost: nor is one needed to know that it does not. */
  lost(): void {
    this.#successes = 0;
    if (this.#options.enabled) this.#set(Serving.NOT_SERVING);
  }

  /** The process drains: nothing new is to be sent here. */
  drain(): void {
    this.#process = Serving.NOT_SERVING;
    this.#provider = Serving.NOT_SERVING;
    this.#wake();
  }

  /** The handlers of grpc.health.v1. */
  handlers(ended: AbortSignal): HealthHandlers {
    return {
      check: async ({ service }) => {
        const status = this.#statusOf(service);
        // As grpc.health.v1 has it: SERVICE_UNKNOWN is a word of Watch alone.
        if (status !== Serving.SERVICE_UNKNOWN) return { status };
        throw new ProviderError('NotFound', { message: `nothing here is called "${service}"` });
      },
      watch: ({ service }, call) => this.#watch(service, AbortSignal.any([call.signal, ended])),
    };
  }

  async *#watch(service: string, signal: AbortSignal): AsyncGenerator<HealthCheckResponse, void, undefined> {
    const wakeup = new Wakeup(signal, HEARTBEAT_MS);
    const wake = () => {
      wakeup.wake();
    };
    this.#wakers.add(wake);
    let told: Serving | undefined;
    try {
      while (!wakeup.ended || told !== this.#statusOf(service)) {
        const status = this.#statusOf(service);
        if (status !== told) yield { status };
        told = status;
        await wakeup.next();
      }
    } finally {
      this.#wakers.delete(wake);
      wakeup.close();
    }
  }

  #statusOf(service: string): Serving {
    if (service === HealthName.process) return this.#process;
    return service === HealthName.provider ? this.#provider : Serving.SERVICE_UNKNOWN;
  }

  async #look(): Promise<void> {
    try {
      await this.#probe(this.#options.timeoutMs);
      this.#failures = 0;
      this.#successes += 1;
      if (this.#successes >= this.#options.successThreshold) this.#set(Serving.SERVING);
    } catch (error) {
      this.#successes = 0;
      this.#failures += 1;
      this.#logger.warn('the hypervisor did not answer a health probe', {
        failures: this.#failures,
        why: asContractError(error).message,
      });
      if (this.#failures >= this.#options.failureThreshold) this.#set(Serving.NOT_SERVING);
    }
  }

  #set(status: Serving): void {
    if (this.#process === Serving.NOT_SERVING || this.#provider === status) return;
    this.#provider = status;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#wakers) wake();
  }
}
