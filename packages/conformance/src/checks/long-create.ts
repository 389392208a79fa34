import { TaskState, type Owner, type Task } from '@virtrigaud/grpc-contract/client';
import type { Scene } from '../runner/scene.ts';

/** How long work is made to last that has to become a task. */
export const LONG_MS = 2_000;

/** Begins a Create that lasts, and answers its task, which runs. */
export async function longCreate(scene: Scene): Promise<{ readonly owner: Owner; readonly task: Task }> {
  const delayCreates = scene.behind('delayCreates');
  scene.afterwards(() => delayCreates(0));
  await delayCreates(LONG_MS);
  const owner = scene.owner();
  const { task } = scene.verdict.accepted(await scene.calls.send('create', scene.createRequest(owner)));
  const isRunning = task !== undefined && task.id !== '' && task.state === TaskState.RUNNING;
  const expected = `a task that runs, since making a VM takes ${String(LONG_MS / 1000)} s here`;
  scene.verdict.holds({ holds: isRunning, expected, came: task ?? 'no task' });
  if (!task) throw scene.verdict.failure(expected, 'no task');
  return { owner, task };
}
