import { isConflict, isNotFound, type ObjectKey, type Reconcile, type Result } from '@virtrigaud/kube-runtime';

/** How soon a key is looked at again whose object was changed by somebody else meanwhile, in milliseconds. */
const conflictMs = 100;

/**
 * Takes the everyday failures of writes out of a reconcile: an object that changed is looked at again, one that is gone is done
 * with. Anything else is a back-off that is logged.
 */
export function guarded(reconcile: Reconcile<ObjectKey>): Reconcile<ObjectKey> {
  return async (key, context): Promise<Result> => {
    try {
      return await reconcile(key, context);
    } catch (error) {
      if (isConflict(error)) return { kind: 'requeue', afterMs: conflictMs };
      if (isNotFound(error)) return { kind: 'done' };
      return { kind: 'backoff', error };
    }
  };
}
