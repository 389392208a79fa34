import type { WorkQueue, WorkQueueOptions } from './work-queue.ts';

/** A de-duplicating priority queue with lanes: a slow lane holds back no other. */
export function createWorkQueue<K extends string>(_options: WorkQueueOptions<K>): WorkQueue<K> {
  throw new Error('not built yet');
}
