import type { Task, TaskContext } from '../domain/task.ts';
import { asContractError } from '../provider-error.ts';
import { pause } from '../session/back-off.ts';

/** How long a finished task can still be asked for. */
const KEEP_FINISHED_MS = 3_600_000;
/** Progress is told to watchers once in this time; beginnings and ends at once. */
const PROGRESS_EVERY_MS = 1_000;
/** How often somebody else's task is asked about. */
const FOLLOW_EVERY_MS = 1_000;

interface Entry {
  task: Task;
  readonly clusterId: string;
  readonly abort: AbortController;
  readonly ended: PromiseWithResolvers<void>;
  toldAt: number;
}

/** What a task is begun with. */
export interface TaskBeginning {
  readonly id: string;
  readonly operationId: string;
  readonly kind: string;
  /** Whose task it is: watchers of other clusters are not told. */
  readonly clusterId: string;
  readonly vmId: string | undefined;
  readonly stage: string | undefined;
  readonly cancellable: boolean;
  /** Throws when the work's leader is no longer the leader, or when nothing of it was begun while it might. */
  readonly checkStep: () => void;
  readonly run: (context: TaskContext) => Promise<{ readonly resultId?: string } | undefined>;
}

/** A task that somebody else runs. */
export interface FollowedTask {
  readonly task: Task;
  readonly clusterId: string;
  readonly look: () => Promise<Task | undefined>;
}

const isOf =
  (clusterId: string) =>
  (entry: Entry): boolean =>
    clusterId === '' || entry.clusterId === clusterId;

/** The tasks that this process runs or has lately run. */
export class TaskBoard {
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(entry: Entry) => void>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Begins work and answers its task; the same id, while it runs, answers the running one. */
  begin(beginning: TaskBeginning): Task {
    this.#forgetOld();
    const running = this.#entries.get(beginning.id);
    if (running?.task.state === 'Running') return running.task;
    const task: Task = {
      id: beginning.id,
      operationId: beginning.operationId,
      kind: beginning.kind,
      vmId: beginning.vmId,
      state: 'Running',
      stage: beginning.stage,
      startedAt: new Date(this.#now()),
      cancellable: beginning.cancellable,
    };
    const entry = this.#enter(task, beginning.clusterId);
    void this.#run(entry, beginning);
    return task;
  }

  /**
   * Follows a task that somebody else runs, such as the hypervisor, and answers it. It cannot be cancelled here.
   *
   * @param look - asks for it now and then; undefined when it is over or gone. Throwing means that it could not be asked.
   */
  follow({ task, clusterId, look }: FollowedTask): Task {
    const known = this.#entries.get(task.id);
    if (known?.task.state === 'Running') return known.task;
    const entry = this.#enter({ ...task, cancellable: false }, clusterId);
    void this.#followUntilOver(entry, look);
    return entry.task;
  }

  /** Whether the task was begun, or is followed, here. */
  knows(id: string): boolean {
    return this.#entries.has(id);
  }

  get(id: string): Task | undefined {
    return this.#entries.get(id)?.task;
  }

  /** Whether the task is another cluster's: nothing that this one may end. A task that is not known here is nobody's. */
  isOfAnother(id: string, clusterId: string): boolean {
    const entry = this.#entries.get(id);
    return entry !== undefined && entry.clusterId !== clusterId;
  }

  /** Running tasks and those that ended within the hour, of one cluster or, without its id, of all. */
  all(clusterId = ''): readonly Task[] {
    this.#forgetOld();
    return [...this.#entries.values()].filter(isOf(clusterId)).map(({ task }) => task);
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

  /** Tells of each change from now on, as {@link all} does; the returned function ends that. */
  subscribe(listener: (task: Task) => void, clusterId = ''): () => void {
    const isOurs = isOf(clusterId);
    const tell = (entry: Entry): void => {
      if (isOurs(entry)) listener(entry.task);
    };
    this.#listeners.add(tell);
    return () => {
      this.#listeners.delete(tell);
    };
  }

  #enter(task: Task, clusterId: string): Entry {
    const entry: Entry = {
      task,
      clusterId,
      abort: new AbortController(),
      ended: Promise.withResolvers(),
      toldAt: this.#now(),
    };
    this.#entries.set(task.id, entry);
    this.#tell(entry);
    return entry;
  }

  async #followUntilOver(entry: Entry, look: FollowedTask['look']): Promise<void> {
    const { signal } = entry.abort;
    for (;;) {
      await pause(FOLLOW_EVERY_MS, signal);
      if (signal.aborted) break;
      // Could not be asked: it is taken for running, and asked about again.
      const seen = await look().catch(() => entry.task);
      if (!seen) break;
      entry.task = { ...seen, cancellable: false };
      this.#tell(entry);
      if (seen.state !== 'Running') break;
    }
    // What nobody can tell of any more is forgotten: "not found" then means to look at the VM itself.
    if (entry.task.state === 'Running') this.#entries.delete(entry.task.id);
    entry.ended.resolve();
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
        beginning.checkStep();
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
      this.#tell(entry);
    }
  }

  #end(entry: Entry, end: Partial<Task>): void {
    entry.task = { ...entry.task, ...end, finishedAt: new Date(this.#now()), cancellable: false };
    this.#tell(entry);
    entry.ended.resolve();
  }

  #tell(entry: Entry): void {
    for (const listener of this.#listeners) listener(entry);
  }

  #forgetOld(): void {
    for (const [id, { task }] of this.#entries) {
      if (task.finishedAt && this.#now() - task.finishedAt.getTime() > KEEP_FINISHED_MS) this.#entries.delete(id);
    }
  }
}
