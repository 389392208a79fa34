import { describe, expect, it } from '@jest/globals';
import { hopsOf, type Life } from './hops.ts';
import { lineOf, markOf, type Mark } from './mark.ts';

const ms = (value: number): bigint => BigInt(value) * 1_000_000n;
const at = (value: number, what: string, of?: string): Mark => ({ atNs: ms(value), what, of });
const life = (from: number, to: number): Life => ({ name: `vm-${String(from)}`, startNs: ms(from), readyNs: ms(to) });
const ready = 'client: the watch brings Ready';

describe('hopsOf', () => {
  it('counts each life from its own beginning, whatever the order in which processes told', () => {
    const marks = [at(107, 'b'), at(103, 'a'), at(209, 'b'), at(205, 'a')];
    expect(hopsOf([life(100, 110), life(200, 214)], marks)).toEqual([
      { what: 'a', atMs: 3, sinceMs: 3 },
      { what: 'b', atMs: 7, sinceMs: 4 },
      { what: ready, atMs: 10, sinceMs: 3 },
    ]);
  });

  it('leaves out what happened between lives, and after the VM was Ready', () => {
    expect(hopsOf([life(100, 110)], [at(99, 'before'), at(111, 'after')])).toEqual([
      { what: ready, atMs: 10, sinceMs: 10 },
    ]);
  });

  it('leaves out what was about another VM', () => {
    const hops = hopsOf(
      [life(100, 110)],
      [at(101, 'its own', 'vm-100'), at(102, 'an echo', 'vm-90'), at(103, 'a call')],
    );
    expect(hops.map(({ what }) => what)).toEqual(['its own', 'a call', ready]);
  });

  it('tells the second of the same from the first', () => {
    const hops = hopsOf([life(100, 110)], [at(104, 'patch'), at(102, 'patch')]);
    expect(hops.map(({ what, atMs }) => [what, atMs])).toEqual([
      ['patch', 2],
      ['patch (2)', 4],
      [ready, 10],
    ]);
  });

  it('ends with Ready, also where something came before it in some lives', () => {
    const hops = hopsOf([life(100, 110), life(200, 230)], [at(229, 'late')]);
    expect(hops.map(({ what }) => what)).toEqual([ready]);
  });

  it('leaves out what less than half of the lives had', () => {
    const lives = [life(100, 110), life(200, 210), life(300, 310)];
    const hops = hopsOf(lives, [at(101, 'once'), at(102, 'twice'), at(202, 'twice')]);
    expect(hops.map(({ what }) => what)).toEqual(['twice', ready]);
  });
});

describe('markOf', () => {
  it.each([at(1, 'manager: a thing', 'vm-1'), at(2, 'of nobody')])('reads what lineOf writes: $what', (mark) => {
    expect(markOf(lineOf(mark))).toEqual(mark);
  });
});
