/** Time and chance, as ports: tests replace them. */
export interface Clock {
  /** Calls back once after `delayMs`, unless the returned function is called first. */
  schedule(callback: () => void, delayMs: number): () => void;
  /** A number in [0, 1). */
  random(): number;
}

/** The real {@link Clock}. */
export const systemClock: Clock = {
  schedule(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
  random: Math.random,
};
