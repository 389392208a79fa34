import type { ContractError } from './contract-error.ts';
import { Code, Reason } from './reason.ts';

/**
 * What a failed call means for the one who made it:
 *
 * - `absent`: the hypervisor, asked now, said that the VM is not there. Nothing else means that.
 * - `unknown-outcome`: it may or may not have happened. Look, then repeat.
 * - `in-progress`: other work, or a newer leader, is in the way. Observe, then plan again.
 * - `rejected`: the request itself is wrong; repeating it changes nothing until what it names changes.
 * - `blocked`: a person or the hypervisor has to change something; retry slowly.
 */
export type FailureClass = 'absent' | 'unknown-outcome' | 'in-progress' | 'rejected' | 'blocked';

const UNKNOWN_OUTCOME: ReadonlySet<Code> = new Set([
  Code.UNAVAILABLE,
  Code.DEADLINE_EXCEEDED,
  Code.CANCELLED,
  Code.INTERNAL,
  Code.UNKNOWN,
  Code.DATA_LOSS,
]);
const REJECTED: ReadonlySet<Code> = new Set([
  Code.INVALID_ARGUMENT,
  Code.OUT_OF_RANGE,
  Code.UNIMPLEMENTED,
  Code.ALREADY_EXISTS,
]);
const REJECTED_REASONS: ReadonlySet<string> = new Set([Reason.OwnerMismatch, Reason.DuplicateOwner]);

/**
 * Classifies a failure. Pure.
 *
 * @param error - what the call ended with.
 * @param call - a mutation that fails without the contract's ErrorInfo has an unknown outcome, whatever its code.
 */
export function classify(error: ContractError, call: 'read' | 'mutation'): FailureClass {
  if (UNKNOWN_OUTCOME.has(error.code)) return 'unknown-outcome';
  if (call === 'mutation' && !error.hasErrorInfo) return 'unknown-outcome';
  if (error.code === Code.NOT_FOUND && error.reason === Reason.VmAbsent) return 'absent';
  if (error.code === Code.ABORTED) return 'in-progress';
  if (REJECTED.has(error.code)) return 'rejected';
  if (error.code === Code.FAILED_PRECONDITION && error.reason !== undefined && REJECTED_REASONS.has(error.reason)) {
    return 'rejected';
  }
  return 'blocked';
}

/**
 * Whether a failure speaks of the way to the hypervisor, and so counts for a circuit breaker: a person's mistake never does,
 * nor does a call that its own caller gave up.
 */
export function countsForBreaker(error: ContractError): boolean {
  if (error.code === Code.CANCELLED) return false;
  return error.reason === Reason.HypervisorUnreachable || !error.hasErrorInfo;
}
