import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock, settle } from '../testing/fake-clock.ts';
import { createRateLimiter } from './rate-limiter.ts';
import type { RateLimiter } from './rate-limiter.ts';

describe('createRateLimiter', () => {
  let clock: FakeClock;
  let admitted: string[];

  beforeEach(() => {
    clock = new FakeClock();
    admitted = [];
  });

  function ask(limiter: RateLimiter, name: string, signal = new AbortController().signal): void {
    const kind = name.startsWith('w') ? 'write' : 'read';
    limiter.admit(kind, signal).then(
      () => admitted.push(name),
      () => admitted.push(`${name} left`),
    );
  }

  it('admits the burst at once, then the rate', async () => {
    const limiter = createRateLimiter({ qps: 10, burst: 3 }, clock);
    for (const name of ['r1', 'r2', 'r3', 'r4', 'r5']) ask(limiter, name);
    await settle();
    expect(admitted).toEqual(['r1', 'r2', 'r3']);
    await clock.advance(99);
    expect(admitted).toHaveLength(3);
    await clock.advance(1);
    expect(admitted).toHaveLength(4);
    await clock.advance(100);
    expect(admitted).toHaveLength(5);
    expect(clock.timers).toBe(0);
  });

  it('lets writes overtake reads', async () => {
    const limiter = createRateLimiter({ qps: 10, burst: 1 }, clock);
    for (const name of ['r1', 'r2', 'r3', 'w1', 'w2']) ask(limiter, name);
    await clock.advance(1_000);
    expect(admitted).toEqual(['r1', 'w1', 'w2', 'r2', 'r3']);
  });

  it('starves no read: after four writes one goes', async () => {
    const limiter = createRateLimiter({ qps: 10, burst: 1 }, clock);
    for (let n = 1; n <= 9; n += 1) ask(limiter, `w${n}`);
    ask(limiter, 'r1');
    ask(limiter, 'r2');
    await clock.advance(2_000);
    expect(admitted).toEqual(['w1', 'w2', 'w3', 'w4', 'r1', 'w5', 'w6', 'w7', 'w8', 'r2', 'w9']);
  });

  it('spends nothing on who has left', async () => {
    const limiter = createRateLimiter({ qps: 10, burst: 1 }, clock);
    const leave = new AbortController();
    ask(limiter, 'r1');
    ask(limiter, 'r2', leave.signal);
    ask(limiter, 'r3');
    await settle();
    leave.abort();
    await clock.advance(100);
    expect(admitted).toEqual(['r1', 'r2 left', 'r3']);
  });

  it('keeps no timer when everybody has left', async () => {
    const limiter = createRateLimiter({ qps: 0.01, burst: 1 }, clock);
    const leave = new AbortController();
    ask(limiter, 'r1');
    ask(limiter, 'w1', leave.signal);
    leave.abort();
    await settle();
    expect(clock.timers).toBe(0);
    ask(limiter, 'r2');
    await clock.advance(100_000);
    expect(admitted).toEqual(['r1', 'w1 left', 'r2']);
  });

  it('saves up no more than the burst', async () => {
    const limiter = createRateLimiter({ qps: 10, burst: 2 }, clock);
    await clock.advance(60_000);
    for (const name of ['r1', 'r2', 'r3']) ask(limiter, name);
    await settle();
    expect(admitted).toEqual(['r1', 'r2']);
  });

  it('has no limit at 0', async () => {
    const limiter = createRateLimiter({ qps: 0, burst: 1 }, clock);
    for (let n = 0; n < 1_000; n += 1) ask(limiter, `r${n}`);
    await settle();
    expect(admitted).toHaveLength(1_000);
  });
});
