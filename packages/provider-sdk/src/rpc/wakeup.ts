/** Wakes a stream when there is something to say, and now and then to say that there is not. */
export class Wakeup {
  readonly #signal: AbortSignal;
  readonly #heartbeatMs: number;
  #isAwake = false;
  #resolve: (() => void) | undefined;
  #isHeartbeat = false;
  readonly #onAbort = () => this.#resolve?.();

  constructor(signal: AbortSignal, heartbeatMs: number) {
    this.#signal = signal;
    this.#heartbeatMs = heartbeatMs;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** The stream is over. */
  get ended(): boolean {
    return this.#signal.aborted;
  }

  /** The last wait ended because it had lasted long, not because of news. */
  get isHeartbeat(): boolean {
    return this.#isHeartbeat;
  }

  /** There is news. */
  wake(): void {
    this.#isAwake = true;
    this.#resolve?.();
  }

  /** Waits for news, the heartbeat or the end. */
  async next(): Promise<void> {
    this.#isHeartbeat = false;
    if (this.#isAwake || this.ended) {
      this.#isAwake = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#isHeartbeat = true;
        resolve();
      }, this.#heartbeatMs);
      this.#resolve = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#resolve = undefined;
    this.#isAwake = false;
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#resolve?.();
  }
}
