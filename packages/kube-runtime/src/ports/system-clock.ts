import type { Clock, Random } from './clock.ts';

/** The longest delay that a Node timer takes; beyond it, it fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The real clock. A pending timer keeps the process alive. */
export const systemClock: Clock = {
  epochMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule(delayMs, callback) {
    let leftMs = Math.max(0, delayMs);
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const sliceMs = Math.min(leftMs, LONGEST_TIMER_MS);
      leftMs -= sliceMs;
      timer = setTimeout(() => (leftMs > 0 ? arm() : callback()), sliceMs);
    };
    arm();
    return () => clearTimeout(timer);
  },
};

/** The real source of randomness; for jitter and correlation ids, not for secrets. */
export const systemRandom: Random = () => Math.random();
