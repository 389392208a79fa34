import type { Clock } from '@virtrigaud/kube-runtime';
import { sleep } from '../transport/provider-channel.ts';

/** Spaces writes evenly: at most `perSecond` of them, so that a lost Provider with thousands of VMs is no storm. */
export function createWriteThrottle(clock: Clock, perSecond: number): (signal: AbortSignal) => Promise<void> {
  const gapMs = 1000 / perSecond;
  let freeAtMs = 0;
  return (signal) => {
    const nowMs = clock.monotonicMs();
    const atMs = Math.max(nowMs, freeAtMs);
    freeAtMs = atMs + gapMs;
    return atMs > nowMs ? sleep(clock, atMs - nowMs, signal) : Promise.resolve();
  };
}
