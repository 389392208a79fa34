import { isConflict, isNotFound, type ObjectKey, type Reconcile, type Result } from '@virtrigaud/kube-runtime';
import { backoffMs } from '../transport/backoff.ts';

/**
 * How soon a key is looked at again whose object was changed by somebody else meanwhile. The watch wakes it when it shows that; while a
 * watch brings nothing, the same object would be refused again and again.
 */
const conflictBackoff = { baseMs: 100, maxMs: 10_000 };

/**
 * Takes the everyday failures of writes out of a reconcile: an object that changed is looked at again, one that is gone is done
 * with. Anything else is a back-off that is logged.
 */
export function guarded(reconcile: Reconcile<ObjectKey>): Reconcile<ObjectKey> {
  /** Conflicts in a row. */
  const conflicts = new Map<ObjectKey, number>();
  return async (key, context): Promise<Result> => {
    try {
      const result = await reconcile(key, context);
      conflicts.delete(key);
      return result;
    } catch (error) {
      if (!isConflict(error)) {
        conflicts.delete(key);
        return isNotFound(error) ? { kind: 'done' } : { kind: 'backoff', error };
      }
      const count = (conflicts.get(key) ?? 0) + 1;
      conflicts.set(key, count);
      return { kind: 'requeue', afterMs: backoffMs(count, conflictBackoff) };
    }
  };
}
