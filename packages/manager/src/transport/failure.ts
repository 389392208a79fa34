import { Code, classify, type ContractError, type FailureClass } from '@virtrigaud/grpc-contract/client';

/** A call that failed, as a value: what the plan and the conditions need to know of it, and nothing that differs each time. */
export interface Failure {
  /** The call, by its name in the contract: `Create`. */
  readonly call: string;
  readonly class: FailureClass;
  readonly code: Code;
  /** ErrorInfo's reason; undefined where the other side did not speak the contract. */
  readonly reason: string | undefined;
  /** The provider's or the hypervisor's own words. */
  readonly message: string;
  /** Fields that the provider objects to, in proto names. */
  readonly fields: readonly string[];
  /** The running work that is in the way. */
  readonly taskId: string | undefined;
  /** How long the provider asks to wait, in milliseconds. */
  readonly retryDelayMs: number | undefined;
}

/** Turns what a call ended with into a value. Pure. */
export function failureOf(call: string, kind: 'read' | 'mutation', error: ContractError): Failure {
  return {
    call,
    class: classify(error, kind),
    code: error.code,
    reason: error.reason,
    message: error.message,
    fields: error.fieldViolations.map((violation) => violation.field),
    taskId: error.metadata['task_id'],
    retryDelayMs: error.retryDelayMs,
  };
}

/** The failure that a finished task carries: the same classes as a call's, since its code and reason are the contract's. */
export function failureOfTask(
  kind: string,
  error: { readonly code: number; readonly reason: string; readonly message: string } | undefined,
  classifyAs: (code: Code, reason: string | undefined) => FailureClass,
): Failure {
  const code = (error?.code ?? Code.UNKNOWN) as Code;
  const reason = error?.reason === '' ? undefined : error?.reason;
  return {
    call: kind,
    class: classifyAs(code, reason),
    code,
    reason,
    message: error?.message ?? 'the task failed without saying why',
    fields: [],
    taskId: undefined,
    retryDelayMs: undefined,
  };
}
