import { describe, expect, it } from '@jest/globals';
import type { Task, TaskContext } from '../domain/task.ts';
import { credentialsRejected } from '../provider-error.ts';
import { TaskBoard, type TaskBeginning } from './task-board.ts';

function aBoard() {
  let now = 0;
  const board = new TaskBoard(() => now);
  const told: Task[] = [];
  board.subscribe((task) => told.push(task));
  return {
    board,
    told,
    pass: (ms: number) => {
      now += ms;
    },
  };
}
const beginning = (run: TaskBeginning['run'], overrides: Partial<TaskBeginning> = {}): TaskBeginning => ({
  id: 't',
  operationId: 'op',
  kind: 'Create',
  clusterId: 'a',
  vmId: undefined,
  stage: undefined,
  cancellable: true,
  checkStep: () => undefined,
  run,
  ...overrides,
});
const untilCancelled = ({ signal }: TaskContext) =>
  new Promise<undefined>((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('gave up'));
    });
  });

describe('TaskBoard', () => {
  it('answers the running task to the same id, and begins anew once it is over', async () => {
    const { board } = aBoard();
    let runs = 0;
    const run = async () => ({ resultId: String((runs += 1)) });
    board.begin(beginning(run));
    board.begin(beginning(run));
    await board.ended('t');
    expect(board.get('t')).toMatchObject({ state: 'Succeeded', resultId: '1', progressPercent: 100 });
    board.begin(beginning(run));
    await board.ended('t');
    expect(board.get('t')?.resultId).toBe('2');
  });

  it('P11 ends a task as its runner did', async () => {
    const { board } = aBoard();
    board.begin(beginning(async () => Promise.reject(credentialsRejected('locked')), { id: 'failed' }));
    board.begin(beginning(untilCancelled, { id: 'cancelled' }));
    board.cancel('cancelled');
    await Promise.all([board.ended('failed'), board.ended('cancelled'), board.ended('unknown')]);
    expect(board.get('failed')).toMatchObject({
      state: 'Failed',
      error: { reason: 'CREDENTIALS_REJECTED', message: 'locked' },
    });
    expect(board.get('cancelled')).toMatchObject({ state: 'Cancelled', cancellable: false });
  });

  it('lets a task act only while it is wanted and its leader leads', async () => {
    const { board } = aBoard();
    let check: (() => void) | undefined;
    let isStale = false;
    const checkStep = () => {
      if (isStale) throw new Error('stale term');
    };
    const run = (context: TaskContext) => {
      check = context.checkBeforeEffect;
      return untilCancelled(context);
    };
    board.begin(beginning(run, { checkStep }));
    expect(check).not.toThrow();
    isStale = true;
    expect(check).toThrow('stale term');
    board.cancelAll();
    expect(check).toThrow('was cancelled');
    await board.ended('t');
  });

  it('tells of progress once a second, and of a new stage at once', async () => {
    const { board, told, pass } = aBoard();
    let progress: TaskContext['progress'] = () => undefined;
    board.begin(
      beginning((context) => {
        progress = context.progress;
        return untilCancelled(context);
      }),
    );
    for (let percent = 0; percent <= 50; percent += 1) progress({ percent });
    progress({ stage: 'copying' });
    pass(1_000);
    progress({ percent: 300 });
    expect(told.map(({ stage, progressPercent }) => [stage, progressPercent])).toEqual([
      [undefined, undefined],
      ['copying', 50],
      ['copying', 100],
    ]);
    board.cancelAll();
    await board.ended('t');
  });

  it('shows each cluster its own tasks, and forgets finished ones after an hour', async () => {
    const { board, pass } = aBoard();
    board.begin(beginning(async () => undefined, { id: 'a' }));
    board.begin(beginning(async () => undefined, { id: 'b', clusterId: 'b' }));
    await Promise.all([board.ended('a'), board.ended('b')]);
    const ids = (clusterId?: string) => board.all(clusterId).map(({ id }) => id);
    expect([ids('a'), ids('b'), ids()]).toEqual([['a'], ['b'], ['a', 'b']]);
    pass(3_600_001);
    expect(ids()).toEqual([]);
  });

  it("follows another's task until it is over, or nobody knows of it any more", async () => {
    const { board } = aBoard();
    const task: Task = {
      id: 'hv-1',
      operationId: 'op',
      kind: 'Create',
      state: 'Running',
      startedAt: new Date(0),
      cancellable: true,
    };
    const answers = [
      Promise.reject(new Error('cannot be asked')),
      Promise.resolve({ ...task, state: 'Succeeded' as const }),
    ];
    expect(board.follow({ task, clusterId: 'a', look: async () => answers.shift() })).toMatchObject({
      cancellable: false,
    });
    board.follow({ task: { ...task, id: 'hv-2' }, clusterId: 'a', look: async () => undefined });
    await Promise.all([board.ended('hv-1'), board.ended('hv-2')]);
    expect([board.get('hv-1')?.state, board.get('hv-2')]).toEqual(['Succeeded', undefined]);
  });
});
