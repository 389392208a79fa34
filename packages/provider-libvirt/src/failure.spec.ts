import { describe, expect, it } from '@jest/globals';
import { ErrorCode, ErrorDomain, LibvirtError, type LibvirtErrorKind } from '@virtrigaud/libvirt-client';
import { ProviderError } from '@virtrigaud/provider-sdk';
import { providerErrorOf } from './failure.ts';

const answered = (code: number, domain: number, { message = 'words', int1 = 0 } = {}) =>
  new LibvirtError({
    kind: 'libvirt',
    outcome: 'refused',
    message,
    detail: { code, domain, level: 2, int1, int2: 0 },
  });

function meaningOf(error: unknown): [string, string | undefined] {
  const meaning = providerErrorOf(error, 'VM default.web');
  if (!(meaning instanceof ProviderError)) throw new Error('not a ProviderError');
  expect(meaning.cause ?? error).toBe(error);
  return [meaning.providerCode, meaning.reason];
}

describe('providerErrorOf', () => {
  it.each([
    ['only 42 is absence', answered(ErrorCode.noDomain, ErrorDomain.qemu), ['NotFound', 'VM_ABSENT']],
    [
      'a missing pool is no missing VM',
      answered(ErrorCode.noStoragePool, ErrorDomain.storage),
      ['FailedPrecondition', 'DEPENDENCY_MISSING'],
    ],
    [
      'a missing volume is no missing VM',
      answered(ErrorCode.noStorageVolume, ErrorDomain.storage),
      ['FailedPrecondition', 'DEPENDENCY_MISSING'],
    ],
    [
      'a missing network is no missing VM',
      answered(ErrorCode.noNetwork, ErrorDomain.network),
      ['FailedPrecondition', 'DEPENDENCY_MISSING'],
    ],
    [
      'ENOENT is a missing file',
      answered(ErrorCode.systemError, ErrorDomain.qemu, { int1: 2 }),
      ['FailedPrecondition', 'DEPENDENCY_MISSING'],
    ],
    [
      'ENOSPC is a full disk',
      answered(ErrorCode.systemError, ErrorDomain.storage, { int1: 28 }),
      ['ResourceExhausted', 'OUT_OF_CAPACITY'],
    ],
    [
      'another errno is a broken wire',
      answered(ErrorCode.systemError, ErrorDomain.rpc, { int1: 104 }),
      ['Unavailable', 'HYPERVISOR_UNREACHABLE'],
    ],
    [
      'an inactive pool has to be started',
      answered(ErrorCode.operationInvalid, ErrorDomain.storage),
      ['FailedPrecondition', 'DEPENDENCY_MISSING'],
    ],
    [
      'a volume that is still filled is work in the way',
      answered(ErrorCode.operationInvalid, ErrorDomain.storage, { message: "volume 'a' is still being allocated." }),
      ['Aborted', 'OPERATION_IN_PROGRESS'],
    ],
    [
      'a domain may be in the wrong state',
      answered(ErrorCode.operationInvalid, ErrorDomain.qemu),
      ['FailedPrecondition', 'WRONG_STATE'],
    ],
    [
      'QEMU may not start a guest',
      answered(ErrorCode.internal, ErrorDomain.qemu),
      ['FailedPrecondition', 'WRONG_STATE'],
    ],
    [
      'QEMU may lack memory',
      answered(ErrorCode.internal, ErrorDomain.qemu, { message: 'Cannot allocate memory' }),
      ['ResourceExhausted', 'OUT_OF_CAPACITY'],
    ],
    [
      'an internal error from elsewhere says nothing',
      answered(ErrorCode.internal, ErrorDomain.none),
      ['Unavailable', undefined],
    ],
    [
      'authentication failed',
      answered(ErrorCode.authFailed, ErrorDomain.remote),
      ['Unauthenticated', 'CREDENTIALS_REJECTED'],
    ],
    [
      'access was denied',
      answered(ErrorCode.accessDenied, ErrorDomain.access),
      ['PermissionDenied', 'PERMISSION_MISSING'],
    ],
    [
      'this libvirt cannot',
      answered(ErrorCode.operationUnsupported, ErrorDomain.qemu),
      ['Unimplemented', 'CAPABILITY_MISSING'],
    ],
    [
      'more CPUs than the machine takes',
      answered(ErrorCode.configUnsupported, ErrorDomain.qemu),
      ['InvalidArgument', 'INVALID_FIELD'],
    ],
    ['something else has it', answered(ErrorCode.resourceBusy, ErrorDomain.qemu), ['Aborted', 'OPERATION_IN_PROGRESS']],
  ])('because %s', (_because, error, expected) => {
    expect(meaningOf(error)).toEqual(expected);
  });

  it.each<[LibvirtErrorKind, [string, string | undefined]]>([
    ['lost', ['Unavailable', 'HYPERVISOR_UNREACHABLE']],
    ['timeout', ['Unavailable', 'HYPERVISOR_UNREACHABLE']],
    ['aborted', ['Cancelled', undefined]],
    ['protocol', ['Unavailable', undefined]],
    ['unsupported', ['FailedPrecondition', 'DEPENDENCY_MISSING']],
  ])('P04 never takes a call that was %s for an absence', (kind, expected) => {
    expect(meaningOf(new LibvirtError({ kind, outcome: 'unknown', message: 'words' }))).toEqual(expected);
  });

  it('hands back what libvirt did not say', () => {
    const bug = new TypeError('x');
    expect(providerErrorOf(bug, 'VM default.web')).toBe(bug);
  });
});
