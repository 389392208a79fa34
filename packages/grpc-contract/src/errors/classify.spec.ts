import { describe, expect, it } from '@jest/globals';
import { classify, countsForBreaker, type FailureClass } from './classify.ts';
import { ContractError } from './contract-error.ts';
import { Code, Reason } from './reason.ts';

const rows: [because: string, code: Code, reason: string | undefined, read: FailureClass, mutation: FailureClass][] = [
  ['only VM_ABSENT is absence', Code.NOT_FOUND, Reason.VmAbsent, 'absent', 'absent'],
  ['P04 a NOT_FOUND of anything else is no absence', Code.NOT_FOUND, Reason.ImageAbsent, 'blocked', 'blocked'],
  ['P04 a bare NOT_FOUND may come from a proxy', Code.NOT_FOUND, undefined, 'blocked', 'unknown-outcome'],
  ['the answer may be lost', Code.UNAVAILABLE, Reason.HypervisorUnreachable, 'unknown-outcome', 'unknown-outcome'],
  ['a deadline says nothing', Code.DEADLINE_EXCEEDED, undefined, 'unknown-outcome', 'unknown-outcome'],
  ['a crash says nothing', Code.INTERNAL, undefined, 'unknown-outcome', 'unknown-outcome'],
  ['other work is in the way', Code.ABORTED, Reason.OperationInProgress, 'in-progress', 'in-progress'],
  ['a newer leader is in the way', Code.ABORTED, Reason.StaleTerm, 'in-progress', 'in-progress'],
  ['a wrong field stays wrong', Code.INVALID_ARGUMENT, Reason.InvalidField, 'rejected', 'rejected'],
  ['a proxy may answer a mutation for the provider', Code.INVALID_ARGUMENT, undefined, 'rejected', 'unknown-outcome'],
  ['the name is taken', Code.ALREADY_EXISTS, Reason.NameTaken, 'rejected', 'rejected'],
  ['what a provider lacks it lacks tomorrow', Code.UNIMPLEMENTED, Reason.CapabilityMissing, 'rejected', 'rejected'],
  ['somebody else owns it', Code.FAILED_PRECONDITION, Reason.OwnerMismatch, 'rejected', 'rejected'],
  ['two carriers of a stamp', Code.FAILED_PRECONDITION, Reason.DuplicateOwner, 'rejected', 'rejected'],
  ['a pool may be started', Code.FAILED_PRECONDITION, Reason.DependencyMissing, 'blocked', 'blocked'],
  ['a password may be renewed', Code.UNAUTHENTICATED, Reason.CredentialsRejected, 'blocked', 'blocked'],
  ['space may be freed', Code.RESOURCE_EXHAUSTED, Reason.OutOfCapacity, 'blocked', 'blocked'],
];

describe('classify', () => {
  it.each(rows)('because %s', (_because, code, reason, read, mutation) => {
    const error = new ContractError({ code, reason, message: 'x' });
    expect(classify(error, 'read')).toBe(read);
    expect(classify(error, 'mutation')).toBe(mutation);
  });
});

describe('countsForBreaker', () => {
  it.each([
    ['the hypervisor is out of reach', Code.UNAVAILABLE, Reason.HypervisorUnreachable, true],
    ['the provider is out of reach', Code.UNAVAILABLE, undefined, true],
    ['P51 a person made a mistake', Code.INVALID_ARGUMENT, Reason.InvalidField, false],
    ['the caller gave up', Code.CANCELLED, undefined, false],
  ])('because %s', (_because, code, reason, expected) => {
    expect(countsForBreaker(new ContractError({ code, reason, message: 'x' }))).toBe(expected);
  });
});
