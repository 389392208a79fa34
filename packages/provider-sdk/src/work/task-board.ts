import type { Task, TaskContext } from '../domain/task.ts';
import { asContractError } from '../provider-error.ts';

/** How long a finished task can still be asked for. */
const KEEP_FINISHED_MS = 3_600_000;
/** Progress is told to watchers once in this time; beginnings and ends at once. */
const PROGRESS_EVERY_MS = 1_000;

interface Entry {
  task: Task;
  readonly abort: AbortController;
  readonly ended: PromiseWithResolvers<void>;
  toldAt: number;
}

/** What a task is begun with. */
export interface TaskBeginning {
  readonly id: string;
  readonly operationId: string;
  readonly kind: string;
  readonly vmId: string | undefined;
  readonly stage: string | undefined;
  readonly cancellable: boolean;
  /** Throws when the work's leader is no longer the leader. */
  readonly checkTerm: () => void;
  readonly run: (context: TaskContext) => Promise<{ readonly resultId?: string } | undefined>;
}

/** The tasks that this process runs or has lately run. */
export class TaskBoard {
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(task: Task) => void>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Begins work and answers its task; the same id, while it runs, answers the running one. */
  begin(beginning: TaskBeginning): Task {
    this.#forgetOld();
    const running = this.#entries.get(beginning.id);
    if (running?.task.state === 'Running') return running.task;
    const entry: Entry = {
      task: {
        id: beginning.id,
        operationId: beginning.operationId,
        kind: beginning.kind,
        vmId: beginning.vmId,
        state: 'Running',
        stage: beginning.stage,
        startedAt: new Date(this.#now()),
        cancellable: beginning.cancellable,
      },
      abort: new AbortController(),
      ended: Promise.withResolvers(),
      toldAt: this.#now(),
    };
    this.#entries.set(beginning.id, entry);
    this.#tell(entry.task);
    void this.#run(entry, beginning);
    return entry.task;
  }

  get(id: string): Task | undefined {
    return this.#entries.get(id)?.task;
  }

  /** Running tasks and those that ended within the hour. */
  all(): readonly Task[] {
    this.#forgetOld();
    return [...this.#entries.values()].map(({ task }) => task);
  }

  /** Resolves when the task is over; at once when it is not known. */
  async ended(id: string): Promise<void> {
    await this.#entries.get(id)?.ended.promise;
  }

  /** Asks a running task to end. It ends CANCELLED once its runner heeds that. */
  cancel(id: string): Task | undefined {
    const entry = this.#entries.get(id);
    if (entry?.task.state === 'Running') entry.abort.abort(new Error(`task ${id} was cancelled`));
    return entry?.task;
  }

  /** Ends all that runs, as when the provider stops. */
  cancelAll(): void {
    for (const id of this.#entries.keys()) this.cancel(id);
  }

  /** Tells of each change from now on; the returned function ends that. */
  subscribe(listener: (task: Task) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async #run(entry: Entry, beginning: TaskBeginning): Promise<void> {
    const { signal } = entry.abort;
    const context: TaskContext = {
      signal,
      progress: ({ percent, stage }) => {
        this.#progress(entry, percent, stage);
      },
      checkBeforeEffect: () => {
        signal.throwIfAborted();
        beginning.checkTerm();
      },
    };
    try {
      const result = await beginning.run(context);
      this.#end(entry, { state: 'Succeeded', resultId: result?.resultId, progressPercent: 100 });
    } catch (error) {
      if (signal.aborted) {
        this.#end(entry, { state: 'Cancelled' });
      } else {
        const { code, reason, message } = asContractError(error);
        this.#end(entry, { state: 'Failed', error: { code, reason: reason ?? '', message } });
      }
    }
  }

  #progress(entry: Entry, percent: number | undefined, stage: string | undefined): void {
    if (entry.task.state !== 'Running') return;
    const isNewStage = stage !== undefined && stage !== entry.task.stage;
    entry.task = {
      ...entry.task,
      progressPercent:
        percent === undefined ? entry.task.progressPercent : Math.min(100, Math.max(0, Math.floor(percent))),
      stage: stage ?? entry.task.stage,
    };
    if (isNewStage || this.#now() - entry.toldAt >= PROGRESS_EVERY_MS) {
      entry.toldAt = this.#now();
      this.#tell(entry.task);
    }
  }

  #end(entry: Entry, end: Partial<Task>): void {
    entry.task = { ...entry.task, ...end, finishedAt: new Date(this.#now()), cancellable: false };
    this.#tell(entry.task);
    entry.ended.resolve();
  }

  #tell(task: Task): void {
    for (const listener of this.#listeners) listener(task);
  }

  #forgetOld(): void {
    for (const [id, { task }] of this.#entries) {
      if (task.finishedAt && this.#now() - task.finishedAt.getTime() > KEEP_FINISHED_MS) this.#entries.delete(id);
    }
  }
}
