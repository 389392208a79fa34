import { describe, expect, it } from '@jest/globals';
import { TaskState } from '@virtrigaud/grpc-contract/client';
import { aTask } from '../testing/builders.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { TaskBoard } from './task-board.ts';

describe('TaskBoard', () => {
  it('wakes who waits when the task enters another stage or ends, and not for progress', () => {
    const board = new TaskBoard(new VirtualClock());
    let woken = 0;
    board.heard(aTask({ stage: 'copying' }));
    board.await('t1', () => (woken += 1));
    board.heard(aTask({ stage: 'copying', progressPercent: 50 }));
    expect(woken).toBe(0);
    board.heard(aTask({ stage: 'booting' }));
    board.heard(aTask({ stage: 'booting', state: TaskState.SUCCEEDED }));
    expect(woken).toBe(2);
  });

  it('keeps an end that nobody waits for yet, for a while', () => {
    const clock = new VirtualClock();
    const board = new TaskBoard(clock);
    board.heard(aTask({ state: TaskState.SUCCEEDED }));
    clock.advance(599_000);
    board.heard(aTask({ id: 't2' }));
    expect(board.get('t1')).toBeDefined();
    clock.advance(2_000);
    board.heard(aTask({ id: 't2' }));
    expect(board.get('t1')).toBeUndefined();
  });
});
