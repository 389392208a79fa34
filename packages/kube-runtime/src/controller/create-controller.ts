import type { ObjectKey } from '../api/kube-object.ts';
import type { Controller, ControllerOptions } from './controller.ts';

/** A controller: a work queue, and workers that reconcile its keys. */
export function createController<K extends string = ObjectKey>(_options: ControllerOptions<K>): Controller<K> {
  throw new Error('not built yet');
}
