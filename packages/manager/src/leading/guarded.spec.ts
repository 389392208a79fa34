import { describe, expect, it } from '@jest/globals';
import { ApiError, type ObjectKey, type ReconcileContext, type Result } from '@virtrigaud/kube-runtime';
import { guarded } from './guarded.ts';

const context = {} as ReconcileContext;
const conflict = new ApiError('Status', 'the object has been modified', { status: 409, reason: 'Conflict' });

/** Answers, or throws, one after the other. */
function scripted(...outcomes: readonly (Result | Error)[]) {
  const left = [...outcomes];
  return guarded(async () => {
    const next = left.shift();
    if (next === undefined || next instanceof Error) throw next ?? new Error('nothing is left');
    return next;
  });
}

describe('guarded', () => {
  const key: ObjectKey = 'default/a';
  const other: ObjectKey = 'default/b';

  it('P20 looks at a changed object again soon, and ever more seldom while nothing new is seen', async () => {
    const reconcile = scripted(...Array<Error>(9).fill(conflict));
    const waits: unknown[] = [];
    for (let n = 0; n < 9; n += 1) waits.push(await reconcile(key, context));
    expect(waits).toEqual(
      [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000].map((afterMs) => ({ kind: 'requeue', afterMs })),
    );
  });

  it('begins anew after any other end, and counts each key by itself', async () => {
    const failure = new Error('broken');
    const reconcile = scripted(conflict, conflict, { kind: 'done' }, conflict, conflict, failure, conflict);
    const soon = { kind: 'requeue', afterMs: 100 };
    expect(await reconcile(key, context)).toEqual(soon);
    expect(await reconcile(other, context)).toEqual(soon);
    expect(await reconcile(key, context)).toEqual({ kind: 'done' });
    expect(await reconcile(key, context)).toEqual(soon);
    expect(await reconcile(other, context)).toEqual({ kind: 'requeue', afterMs: 200 });
    expect(await reconcile(key, context)).toEqual({ kind: 'backoff', error: failure });
    expect(await reconcile(key, context)).toEqual(soon);
  });

  it('is done with an object that is gone', async () => {
    expect(await scripted(new ApiError('Status', 'gone', { status: 404, reason: 'NotFound' }))(key, context)).toEqual({
      kind: 'done',
    });
  });
});
