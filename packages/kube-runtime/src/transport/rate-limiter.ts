import type { CancelTimer, Clock } from '../ports/clock.ts';

/** Admits requests at a bounded rate; writes overtake reads, without starving them. */
export interface RateLimiter {
  /** Resolves when the request may go; rejects with the signal's reason. */
  admit(kind: 'read' | 'write', signal: AbortSignal): Promise<void>;
}

/** Requests a second on average, and at once after a rest. */
export interface Rate {
  /** 0 for no limit. */
  readonly qps: number;
  readonly burst: number;
}

/** A token bucket with two lines before it. */
export function createRateLimiter(rate: Rate, clock: Clock): RateLimiter {
  if (rate.qps <= 0) return { admit: async (_kind, signal) => signal.throwIfAborted() };
  return new TokenBucket(rate, clock);
}

/** Writes go first, but a read that waits goes after so many of them. */
const WRITES_BEFORE_A_READ = 4;

/** Lets one request go. */
type Admit = () => void;

class TokenBucket implements RateLimiter {
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #writes = new Set<Admit>();
  readonly #reads = new Set<Admit>();
  #tokens: number;
  #filledMs: number;
  #cancelTimer: CancelTimer | undefined;
  #writesInARow = 0;

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.#tokens = rate.burst;
    this.#filledMs = clock.monotonicMs();
  }

  admit(kind: 'read' | 'write', signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const line = kind === 'write' ? this.#writes : this.#reads;
      const admit = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        line.delete(admit);
        if (this.#waiting === 0) this.#disarmTimer();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
      line.add(admit);
      this.#serve();
    });
  }

  get #waiting(): number {
    return this.#writes.size + this.#reads.size;
  }

  #serve(): void {
    this.#fill();
    while (this.#tokens >= 1) {
      const admit = this.#next();
      if (admit === undefined) return;
      this.#tokens -= 1;
      admit();
    }
    this.#armTimer();
  }

  #next(): Admit | undefined {
    const readsTurn = this.#writesInARow >= WRITES_BEFORE_A_READ;
    const lines = readsTurn ? [this.#reads, this.#writes] : [this.#writes, this.#reads];
    const line = lines.find((one) => one.size > 0);
    const [first] = line ?? [];
    if (line === undefined || first === undefined) return undefined;
    line.delete(first);
    this.#writesInARow = line === this.#writes ? this.#writesInARow + 1 : 0;
    return first;
  }

  #fill(): void {
    const nowMs = this.#clock.monotonicMs();
    const earned = ((nowMs - this.#filledMs) / 1000) * this.#rate.qps;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + earned);
    this.#filledMs = nowMs;
  }

  #armTimer(): void {
    if (this.#cancelTimer !== undefined || this.#waiting === 0) return;
    const waitMs = Math.ceil(((1 - this.#tokens) / this.#rate.qps) * 1000);
    this.#cancelTimer = this.#clock.schedule(waitMs, () => {
      this.#cancelTimer = undefined;
      this.#serve();
    });
  }

  #disarmTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
