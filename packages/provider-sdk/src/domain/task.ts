/** Long work, as it is told to whoever waits for it. */
export interface Task {
  /** Opaque; holds what any replica needs to find the work again. */
  readonly id: string;
  readonly operationId: string;
  /** The call that started it: `Create`, `ImagePrepare`. */
  readonly kind: string;
  readonly vmId?: string | undefined;
  readonly state: 'Running' | 'Succeeded' | 'Failed' | 'Cancelled';
  /** 0 to 100; undefined: not known. */
  readonly progressPercent?: number | undefined;
  /** Short, for people: `copying disk root`. */
  readonly stage?: string | undefined;
  readonly error?: TaskFailure | undefined;
  /** What it made: the VM's or the prepared image's id. */
  readonly resultId?: string | undefined;
  readonly startedAt: Date;
  readonly finishedAt?: Date | undefined;
  readonly cancellable: boolean;
}

/** Why a task failed: the code and reason that the call would have failed with. */
export interface TaskFailure {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

/** What the runner of a task is given. */
export interface TaskContext {
  /** Aborts when the task is cancelled or the provider stops. Heed it before each effect. */
  readonly signal: AbortSignal;
  /** Tells how far it is; may be called as often as one likes. */
  progress(update: { readonly percent?: number; readonly stage?: string }): void;
  /** Throws when the task was cancelled or its leader's term is over; call it before each effect. */
  checkBeforeEffect(): void;
}

/** How a task is begun. */
export interface TaskStart {
  /** Defaults to `<call>/<owner uid>/<operation id>`. */
  readonly id?: string | undefined;
  readonly vmId?: string | undefined;
  readonly stage?: string | undefined;
  readonly cancellable?: boolean | undefined;
}
