import { beforeEach, describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { LeavingInstances } from './leaving-instances.ts';

const at = { name: '0', address: 'a' };

describe('LeavingInstances', () => {
  let clock: VirtualClock;
  let leaving: LeavingInstances;
  beforeEach(() => {
    clock = new VirtualClock();
    clock.advance(1_000);
    leaving = new LeavingInstances(clock);
  });

  it('P52 one whose end is told may be at something until then, however long that takes', () => {
    const over = new AbortController();
    leaving.add({ ...at, over: over.signal, openUntilMs: 0 });
    clock.advance(3_600_000);
    expect(leaving.names).toEqual(['0']);
    over.abort();
    expect(leaving.names).toEqual([]);
  });

  it.each([
    { openUntilMs: 0, overAfterMs: 35_000, because: 'it has drained, or was killed' },
    { openUntilMs: 20_000, overAfterMs: 35_000, because: 'what it was sent may be begun no more before that' },
    { openUntilMs: 61_000, overAfterMs: 65_000, because: 'what it was sent may be begun until then' },
  ])('P52 one whose end nobody tells is over after $overAfterMs ms: $because', ({ openUntilMs, overAfterMs }) => {
    leaving.add({ ...at, openUntilMs });
    clock.advance(overAfterMs - 1);
    expect(leaving.names).toEqual(['0']);
    clock.advance(1);
    expect(leaving.names).toEqual([]);
  });

  it('one that serves again is asked itself, and no other is taken for it', () => {
    const [first, second] = [new AbortController().signal, new AbortController().signal];
    leaving.add({ ...at, over: first, openUntilMs: 0 });
    leaving.add({ ...at, name: '1', over: second, openUntilMs: 0 });
    leaving.add({ ...at, name: '2', openUntilMs: 0 });
    leaving.returned({ over: second });
    leaving.returned({});
    expect(leaving.names).toEqual(['0', '2']);
  });
});
