import { describe, expect, it } from '@jest/globals';
import type { Task } from '../domain/task.ts';
import { WorkRegistry } from './work-registry.ts';

const running: Task = {
  id: 't',
  operationId: 'op',
  kind: 'Create',
  state: 'Running',
  startedAt: new Date(0),
  cancellable: false,
};
const never = () => new Promise<void>(() => undefined);

describe('WorkRegistry', () => {
  it('runs the same operation once for all who ask while it runs, and again afterwards', async () => {
    const works = new WorkRegistry();
    let runs = 0;
    const work = async () => {
      runs += 1;
      return { run: runs, task: undefined };
    };
    const ask = () => works.run('vm', 'op', { work, ended: never });
    expect(await Promise.all([ask(), ask()])).toMatchObject([{ run: 1 }, { run: 1 }]);
    expect(await ask()).toMatchObject({ run: 2 });
  });

  it('refuses other work of the same key, by the name of its task', async () => {
    const works = new WorkRegistry();
    const ended = Promise.withResolvers<undefined>();
    await works.run('vm', 'op', { work: async () => ({ task: running }), ended: () => ended.promise });
    const other = () => works.run('vm', 'other', { work: async () => ({}), ended: never });
    await expect(other()).rejects.toMatchObject({ reason: 'OPERATION_IN_PROGRESS', metadata: { task_id: 't' } });
    expect([works.taskInTheWay('vm', 'other'), works.taskInTheWay('vm', 'op')]).toEqual(['t', undefined]);
    await expect(works.run('vm-2', 'other', { work: async () => ({}), ended: never })).resolves.toEqual({});
    ended.resolve(undefined);
    await ended.promise;
    await expect(other()).resolves.toEqual({});
  });

  it('is free again after a failure, which all who asked are told of', async () => {
    const works = new WorkRegistry();
    const failing = () => works.run('vm', 'op', { work: async () => Promise.reject(new Error('no')), ended: never });
    const outcomes = await Promise.allSettled([failing(), failing()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(works.run('vm', 'other', { work: async () => ({}), ended: never })).resolves.toEqual({});
  });
});
