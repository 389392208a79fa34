import { TaskState, type Task } from '@virtrigaud/grpc-contract/client';
import type { Clock } from '@virtrigaud/kube-runtime';

/** How long a finished task that nobody awaits is kept, in milliseconds: its event may arrive before the reply that names it. */
const keepFinishedMs = 10 * 60_000;

/** What is known of one task. */
export interface TaskView {
  readonly task: Task;
  /** When it was last heard of, by the monotonic clock. */
  readonly heardMs: number;
}

/** The tasks of one Provider, as WatchTasks, TaskStatus and the replies of mutations have told. */
export class TaskBoard {
  readonly #tasks = new Map<string, TaskView>();
  readonly #waiting = new Map<string, () => void>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(id: string): TaskView | undefined {
    return this.#tasks.get(id);
  }

  /** Takes news of a task; wakes who awaits it when it has finished or its stage changed. */
  heard(task: Task): void {
    const before = this.#tasks.get(task.id)?.task;
    this.#tasks.set(task.id, { task, heardMs: this.#clock.monotonicMs() });
    if (task.state !== TaskState.RUNNING || before?.stage !== task.stage) this.#waiting.get(task.id)?.();
    this.#dropOld();
  }

  /** Calls `wake` when the task finishes or enters another stage. Replaces an earlier wait. */
  await(id: string, wake: () => void): void {
    this.#waiting.set(id, wake);
  }

  /** Nobody awaits it any more, and its result was taken. */
  settle(id: string): void {
    this.#waiting.delete(id);
    this.#tasks.delete(id);
  }

  #dropOld(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [id, { task, heardMs }] of this.#tasks) {
      if (task.state === TaskState.RUNNING || this.#waiting.has(id)) continue;
      if (nowMs - heardMs < keepFinishedMs) return;
      this.#tasks.delete(id);
    }
  }
}
