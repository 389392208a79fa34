import type { KubeObject } from '../api/kube-object.ts';
import type { Informer, InformerOptions } from './informer.ts';

/**
 * Follows a resource: a paged list, then a watch from there, for as long as its signal allows.
 *
 * A reset, a stall, a 410, an ERROR event, garbage: each leads to a new watch or a new list, with jittered back-off,
 * and no event is lost: what happened meanwhile is worked out from the list.
 */
export function createInformer<T extends KubeObject>(_options: InformerOptions<T>): Informer<T> {
  throw new Error('not built yet');
}
