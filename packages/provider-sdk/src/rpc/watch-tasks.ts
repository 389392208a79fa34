import type { ServerCall, WatchTasksRequest, WatchTasksResponse } from '@virtrigaud/grpc-contract/server';
import type { Task } from '../domain/task.ts';
import type { Runtime } from '../runtime.ts';
import { encodeTask } from '../wire/encode-task.ts';
import { Wakeup } from './wakeup.ts';
import { HEARTBEAT_MS, stopping } from './watch-vms.ts';

/** WatchTasks: the tasks of a cluster, or of all, a bookmark, then what changes; a bookmark now and then as a heartbeat. */
export async function* watchTasks(
  runtime: Runtime,
  { clusterId }: WatchTasksRequest,
  call: ServerCall,
): AsyncGenerator<WatchTasksResponse, void, undefined> {
  const wakeup = new Wakeup(AbortSignal.any([call.signal, runtime.draining]), HEARTBEAT_MS);
  // A slow reader gets each task's latest state, once: what is queued is bounded by the tasks there are.
  const news = new Map<string, Task>(runtime.tasks.all(clusterId).map((task) => [task.id, task]));
  const stop = runtime.tasks.subscribe((task) => {
    news.set(task.id, task);
    wakeup.wake();
  }, clusterId);
  let isFirst = true;
  try {
    while (!wakeup.ended) {
      for (const task of [...news.values()]) {
        news.delete(task.id);
        yield { event: { $case: 'task', value: encodeTask(task) } };
      }
      if (isFirst || wakeup.isHeartbeat) {
        yield { event: { $case: 'bookmark', value: { resumeToken: '', initialListDone: isFirst } } };
      }
      isFirst = false;
      await wakeup.next();
    }
  } finally {
    stop();
    wakeup.close();
  }
  if (runtime.draining.aborted) throw stopping();
}
