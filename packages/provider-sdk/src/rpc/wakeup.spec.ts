import { describe, expect, it } from '@jest/globals';
import { Wakeup } from './wakeup.ts';

const long = 60_000;

describe('Wakeup', () => {
  it('keeps news that came before the wait, once', async () => {
    const wakeup = new Wakeup(new AbortController().signal, 1);
    wakeup.wake();
    wakeup.wake();
    await wakeup.next();
    expect(wakeup.isHeartbeat).toBe(false);
    await wakeup.next();
    expect(wakeup.isHeartbeat).toBe(true);
    wakeup.close();
  });

  it('wakes who waits, for news, the end and the closing', async () => {
    const end = new AbortController();
    const wakeup = new Wakeup(end.signal, long);
    const news = wakeup.next();
    wakeup.wake();
    await news;
    const closing = wakeup.next();
    wakeup.close();
    await closing;
    const ending = new Wakeup(end.signal, long);
    const ended = ending.next();
    end.abort();
    await ended;
    await ending.next();
    expect([ending.ended, ending.isHeartbeat]).toEqual([true, false]);
  });
});
