import { ContractError, countsForBreaker } from '@virtrigaud/grpc-contract/client';
import type { Clock } from '@virtrigaud/kube-runtime';
import CircuitBreaker from 'opossum';

/** When the breaker of a Provider opens, and for how long. */
export interface BreakerSettings {
  /** The rolling window, in milliseconds. */
  readonly windowMs: number;
  /** Fewer calls than this in the window prove nothing. */
  readonly minCalls: number;
  /** Share of failed calls, 0 to 1, from which it opens. */
  readonly failureShare: number;
  /** One broken VM is not a broken hypervisor: failures must come from at least this many. */
  readonly minSubjects: number;
  /** How long it stays open before the probe, in milliseconds; not less than the window, or old failures count again. */
  readonly openMs: number;
}

export const defaultBreakerSettings: BreakerSettings = {
  windowMs: 30_000,
  minCalls: 20,
  failureShare: 0.5,
  minSubjects: 3,
  openMs: 30_000,
};

export type BreakerState = 'closed' | 'open' | 'half-open';

/** What a call through the breaker fails with while it is open. It was not sent. */
export class BreakerOpenError extends Error {
  override readonly name = 'BreakerOpenError';
}

/** Settings of {@link Breaker}. */
export interface BreakerOptions {
  readonly settings?: BreakerSettings;
  readonly clock: Clock;
  /** Asks the hypervisor whether it is back; called once each time the breaker becomes half-open. */
  readonly probe: () => Promise<unknown>;
  readonly onState: (state: BreakerState) => void;
}

interface Guarded {
  readonly subject: string;
  readonly run: () => Promise<unknown>;
}

/**
 * The circuit breaker of one Provider. Counts only what speaks of the way to the hypervisor (HYPERVISOR_UNREACHABLE, or no
 * ErrorInfo at all), never a person's mistake.
 */
export class Breaker {
  readonly #circuit: CircuitBreaker<[Guarded]>;
  readonly #settings: BreakerSettings;
  readonly #clock: Clock;
  /** When each subject failed last. */
  readonly #failed = new Map<string, number>();

  constructor({ settings = defaultBreakerSettings, clock, probe, onState }: BreakerOptions) {
    this.#settings = settings;
    this.#clock = clock;
    this.#circuit = new CircuitBreaker((call: Guarded) => call.run(), {
      timeout: false,
      rollingCountTimeout: settings.windowMs,
      rollingCountBuckets: 10,
      resetTimeout: settings.openMs,
      // opossum knows nothing of subjects, so it never opens by itself: #judge does.
      errorThresholdPercentage: 101,
      errorFilter: (error: unknown) => !(error instanceof ContractError) || !countsForBreaker(error),
    });
    this.#circuit.on('failure', (_error, _latencyMs, args: unknown) => {
      this.#judge((args as readonly [Guarded])[0].subject);
    });
    this.#circuit.on('open', () => onState('open'));
    this.#circuit.on('close', () => {
      this.#failed.clear();
      onState('closed');
    });
    this.#circuit.on('halfOpen', () => {
      onState('half-open');
      // Its outcome closes or opens the circuit; the failure itself is of no further interest.
      this.run('', probe).catch(() => undefined);
    });
  }

  get state(): BreakerState {
    if (this.#circuit.opened) return 'open';
    return this.#circuit.closed ? 'closed' : 'half-open';
  }

  /**
   * Runs a call, unless the breaker is open.
   *
   * @param subject - whom the call is about: the uid of a VM, or '' for the Provider itself.
   * @throws {@link BreakerOpenError} without having called.
   */
  async run<T>(subject: string, call: () => Promise<T>): Promise<T> {
    try {
      return (await this.#circuit.fire({ subject, run: call })) as T;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EOPENBREAKER') {
        throw new BreakerOpenError('not sent: too many calls to this provider failed lately', { cause: error });
      }
      throw error;
    }
  }

  /** Stops its timers. */
  close(): void {
    this.#circuit.shutdown();
  }

  #judge(subject: string): void {
    const nowMs = this.#clock.monotonicMs();
    this.#failed.set(subject, nowMs);
    for (const [each, atMs] of this.#failed) if (nowMs - atMs > this.#settings.windowMs) this.#failed.delete(each);
    const { failures, successes } = this.#circuit.stats;
    const calls = failures + successes;
    const { minCalls, failureShare, minSubjects } = this.#settings;
    if (this.#circuit.halfOpen) this.#circuit.open();
    else if (calls >= minCalls && failures / calls >= failureShare && this.#failed.size >= minSubjects) {
      this.#circuit.open();
    }
  }
}
