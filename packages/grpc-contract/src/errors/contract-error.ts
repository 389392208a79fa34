import { Code } from './reason.ts';

/** A field of the request that is wrong: its path in proto names (`spec.compute.cpus`) and what is wrong with it. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** What a {@link ContractError} is made of; everything but code and message may be absent. */
export interface ContractErrorInit {
  readonly code: Code;
  readonly message: string;
  /** ErrorInfo's reason. Absent: the error carries no ErrorInfo, and a mutation's outcome is unknown. */
  readonly reason?: string | undefined;
  /** ErrorInfo's metadata, such as `task_id`. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly fieldViolations?: readonly FieldViolation[] | undefined;
  /** RetryInfo, in milliseconds. */
  readonly retryDelayMs?: number | undefined;
  readonly cause?: unknown;
}

/** The one error of the contract: what a handler throws, and what a failed call rejects with. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly code: Code;
  readonly reason: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly fieldViolations: readonly FieldViolation[];
  readonly retryDelayMs: number | undefined;

  constructor(init: ContractErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.reason = init.reason;
    this.metadata = init.metadata ?? {};
    this.fieldViolations = init.fieldViolations ?? [];
    this.retryDelayMs = init.retryDelayMs;
  }

  /** Whether the other side said, in the contract's own terms, what happened. */
  get hasErrorInfo(): boolean {
    return this.reason !== undefined;
  }

  /** The code's name, such as `FAILED_PRECONDITION`. */
  get codeName(): string {
    return Code[this.code] ?? `CODE_${String(this.code)}`;
  }
}
