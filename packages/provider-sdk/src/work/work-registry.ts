import { Reason } from '@virtrigaud/grpc-contract/server';
import type { Task } from '../domain/task.ts';
import { ProviderError } from '../provider-error.ts';

interface Work {
  readonly operationId: string;
  readonly answer: Promise<unknown>;
  taskId: string | undefined;
}

/** What a mutation that ran to its answer may have begun. */
interface Answer {
  readonly task?: Task | undefined;
}

/** One piece of work per owner at a time; the same operation, asked for again, finds the work that runs. */
export class WorkRegistry {
  readonly #works = new Map<string, Work>();

  /** The task of the owner's work, unless it is of that operation; undefined for none. */
  taskInTheWay(key: string, operationId: string): string | undefined {
    const running = this.#works.get(key);
    return running?.operationId === operationId ? undefined : running?.taskId;
  }

  /**
   * Runs a mutation unless the owner has other work.
   *
   * @param key - what the work is exclusive for: the owner's uid.
   * @param ended - resolves when a task is over; work that became a task lasts as long.
   * @throws ProviderError ABORTED, OPERATION_IN_PROGRESS with `task_id` when other work is in the way.
   */
  async run<T extends Answer>(
    key: string,
    operationId: string,
    { work, ended }: { readonly work: () => Promise<T>; readonly ended: (taskId: string) => Promise<void> },
  ): Promise<T> {
    const running = this.#works.get(key);
    // The key holds the parameters' hash: the same operation has the same answer type.
    if (running?.operationId === operationId) return (await running.answer) as T;
    if (running) throw inTheWay(running);
    const answer = work();
    const entry: Work = { operationId, answer, taskId: undefined };
    this.#works.set(key, entry);
    const release = () => {
      if (this.#works.get(key) === entry) this.#works.delete(key);
    };
    try {
      const value = await answer;
      if (value.task?.state !== 'Running') {
        release();
      } else {
        entry.taskId = value.task.id;
        void ended(value.task.id).then(release);
      }
      return value;
    } catch (error) {
      release();
      throw error;
    }
  }
}

function inTheWay({ operationId, taskId }: Work): ProviderError {
  return new ProviderError('Aborted', {
    reason: Reason.OperationInProgress,
    message: `other work of the same owner runs: ${taskId ?? operationId}`,
    metadata: taskId === undefined ? {} : { task_id: taskId },
  });
}
