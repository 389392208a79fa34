import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DomainRef } from '@virtrigaud/libvirt-client';
import { AddressBook } from './address-book.ts';
import { AddressFinder } from './address-finder.ts';
import type { AddressLook } from './look-up-addresses.ts';

const domain: DomainRef = { name: 'a', uuid: 'u-a', id: 1 };
const nothing: AddressLook = { changed: false, complete: false, agent: false };

describe('AddressFinder', () => {
  let end: AbortController;
  beforeEach(() => {
    jest.useFakeTimers();
    end = new AbortController();
  });
  afterEach(() => {
    end.abort();
    jest.useRealTimers();
  });

  function finder(answers: (asked: number) => AddressLook | Promise<AddressLook>) {
    const looks: number[] = [];
    const changed: string[] = [];
    const failures: unknown[] = [];
    const start = Date.now();
    const made = new AddressFinder({
      look: async () => {
        looks.push(Date.now() - start);
        return answers(looks.length);
      },
      changed: (uuid) => changed.push(uuid),
      failed: (error) => failures.push(error),
      signal: end.signal,
    });
    return { made, looks, changed, failures };
  }

  it('looks further and further apart, and gives up after five minutes', async () => {
    const { made, looks } = finder(() => nothing);
    made.search(domain);
    await jest.advanceTimersByTimeAsync(3_600_000);
    expect(looks.slice(0, 8)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 31_000, 61_000]);
    expect(looks.at(-1)).toBeLessThan(331_000);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('stops once each NIC has an address, and says what is news', async () => {
    const { made, looks, changed } = finder((asked) => ({ changed: asked === 2, complete: asked === 2, agent: false }));
    made.search(domain);
    await jest.advanceTimersByTimeAsync(600_000);
    expect(looks).toHaveLength(2);
    expect(changed).toEqual(['u-a']);
  });

  it('looks once a minute where an agent can tell', async () => {
    const { made, looks } = finder(() => ({ changed: false, complete: true, agent: true }));
    made.search(domain);
    await jest.advanceTimersByTimeAsync(180_500);
    expect(looks).toEqual([500, 60_500, 120_500, 180_500]);
  });

  it('begins anew when something happens, and never looks twice for one guest', async () => {
    const { made, looks } = finder(() => nothing);
    made.search(domain);
    await jest.advanceTimersByTimeAsync(400);
    made.search(domain);
    await jest.advanceTimersByTimeAsync(500);
    expect(looks).toEqual([900]);
  });

  it('looks no more for a guest that stopped, nor when it has ended', async () => {
    const { made, looks } = finder(() => nothing);
    made.search(domain);
    made.stop(domain.uuid);
    made.search({ ...domain, uuid: 'u-b' });
    end.abort();
    await jest.advanceTimersByTimeAsync(600_000);
    expect(looks).toEqual([]);
  });

  it('P22 has four looks in flight at most', async () => {
    let inFlight = 0;
    let most = 0;
    const { made } = finder(async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise((resolve) => setTimeout(resolve, 50));
      inFlight -= 1;
      return { ...nothing, complete: true };
    });
    for (let index = 0; index < 40; index += 1) made.search({ ...domain, uuid: `u-${String(index)}` });
    await jest.advanceTimersByTimeAsync(2_000);
    expect(most).toBe(4);
  });

  it('tells of a look that failed and looks again', async () => {
    const { made, looks, failures } = finder((asked) =>
      asked === 1 ? Promise.reject(new Error('no')) : { ...nothing, complete: true },
    );
    made.search(domain);
    await jest.advanceTimersByTimeAsync(10_000);
    expect([looks.length, failures.length]).toEqual([2, 1]);
  });
});

describe('AddressBook', () => {
  it('says what is news', () => {
    const book = new AddressBook();
    expect(book.set('u', new Map())).toBe(false);
    expect(book.set('u', new Map([['m', ['10.0.0.1']]]))).toBe(true);
    expect(book.set('u', new Map([['m', ['10.0.0.1']]]))).toBe(false);
    book.forget('u');
    expect(book.of('u').size).toBe(0);
  });
});
