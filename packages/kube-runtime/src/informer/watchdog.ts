import type { Clock } from '../ports/clock.ts';

/** Calls back once nobody has called {@link Watchdog.feed} for a while. */
export interface Watchdog {
  feed(): void;
  end(): void;
}

/** Starts a watchdog. Feeding costs nothing: the timer looks when it is due whether it was fed meanwhile. */
export function startWatchdog(clock: Clock, patienceMs: number, onSilence: () => void): Watchdog {
  let fedMs = clock.monotonicMs();
  let cancel = clock.schedule(patienceMs, look);
  function look(): void {
    const leftMs = fedMs + patienceMs - clock.monotonicMs();
    if (leftMs <= 0) onSilence();
    else cancel = clock.schedule(leftMs, look);
  }
  return {
    feed: () => (fedMs = clock.monotonicMs()),
    end: () => cancel(),
  };
}
