import { ErrorCode, ErrorDomain, LibvirtError } from '@virtrigaud/libvirt-client';
import {
  credentialsRejected,
  dependencyMissing,
  hypervisorUnreachable,
  outOfCapacity,
  ProviderError,
  Reason,
  vmAbsent,
} from '@virtrigaud/provider-sdk';

/** errno values of Linux that libvirt passes on in `int1` of a system error. */
const Errno = { ENOENT: 2, EACCES: 13, ENODEV: 19, EFBIG: 27, ENOSPC: 28, EDQUOT: 122 } as const;
const missing: readonly number[] = [Errno.ENOENT, Errno.EACCES, Errno.ENODEV];
const full: readonly number[] = [Errno.ENOSPC, Errno.EFBIG, Errno.EDQUOT];

/**
 * What an error of libvirt means to the manager, by code, domain and errno, with libvirt's own words.
 *
 * An error that says nothing about the effect of a mutation (no answer, a broken connection) becomes HYPERVISOR_UNREACHABLE; only
 * "no domain" becomes VM_ABSENT. Anything that is no LibvirtError is handed back as it is.
 *
 * @param what - the object that the call was about, for the message: `VM default.web`.
 */
export function providerErrorOf(error: unknown, what: string): unknown {
  if (!(error instanceof LibvirtError)) return error;
  switch (error.kind) {
    case 'libvirt':
      return answered(error, what);
    case 'lost':
    case 'timeout':
      return hypervisorUnreachable(error.message, error);
    case 'aborted':
      return new ProviderError('Cancelled', { message: `${what}: ${error.message}`, cause: error });
    case 'protocol':
      return new ProviderError('Unavailable', { message: `${what}: ${error.message}`, cause: error });
    case 'unsupported':
      return failedPrecondition(error, what, Reason.DependencyMissing);
  }
}

/** Rejects with what {@link providerErrorOf} makes of a failure. */
export async function asProvider<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw providerErrorOf(error, what);
  }
}

function answered(error: LibvirtError, what: string): ProviderError {
  const message = `${what}: ${error.message}`;
  switch (error.code) {
    case ErrorCode.noDomain:
      return vmAbsent(what);
    case ErrorCode.noNetwork:
    case ErrorCode.noStoragePool:
    case ErrorCode.noStorageVolume:
      return dependencyMissing(message, error);
    case ErrorCode.systemError:
      return ofErrno(error, what);
    case ErrorCode.authFailed:
    case ErrorCode.authUnavailable:
      return credentialsRejected(message, error);
    case ErrorCode.accessDenied:
      return new ProviderError('PermissionDenied', { reason: Reason.PermissionMissing, message, cause: error });
    case ErrorCode.rpc:
    case ErrorCode.operationTimeout:
    case ErrorCode.agentUnresponsive:
      return hypervisorUnreachable(message, error);
    case ErrorCode.noSupport:
    case ErrorCode.operationUnsupported:
    case ErrorCode.argumentUnsupported:
      return new ProviderError('Unimplemented', { reason: Reason.CapabilityMissing, message, cause: error });
    case ErrorCode.configUnsupported:
    case ErrorCode.xmlInvalidSchema:
    case ErrorCode.invalidArgument:
      return new ProviderError('InvalidArgument', { reason: Reason.InvalidField, message, cause: error });
    case ErrorCode.operationInvalid:
      return ofWrongState(error, what);
    case ErrorCode.resourceBusy:
      return new ProviderError('Aborted', { reason: Reason.OperationInProgress, message, cause: error });
    case ErrorCode.internal:
    case ErrorCode.operationFailed:
      return ofFailure(error, what);
    default:
      return new ProviderError('Unavailable', { message, cause: error });
  }
}

/** A file that is missing or forbidden is a person's matter; a full disk is one, too, and is told apart. */
function ofErrno(error: LibvirtError, what: string): ProviderError {
  if (missing.includes(error.int1)) return failedPrecondition(error, what, Reason.DependencyMissing);
  if (full.includes(error.int1)) return outOfCapacity(`${what}: ${error.message}`, error);
  return hypervisorUnreachable(`${what}: ${error.message}`, error);
}

/**
 * An inactive pool or network has to be started; a domain in the wrong state is looked at again. A volume that libvirt still fills, also
 * when whoever asked for it is dead, is work in the way, and over some time.
 */
function ofWrongState(error: LibvirtError, what: string): ProviderError {
  if (error.domain === ErrorDomain.storage && /still being allocated|in use/i.test(error.message)) {
    const message = `${what}: ${error.message}`;
    return new ProviderError('Aborted', { reason: Reason.OperationInProgress, message, cause: error });
  }
  const isResource = error.domain === ErrorDomain.storage || error.domain === ErrorDomain.network;
  return failedPrecondition(error, what, isResource ? Reason.DependencyMissing : Reason.WrongState);
}

/**
 * "Internal error" and "operation failed" are QEMU's words when a guest cannot be started: wrong image format, no memory, no UEFI. From
 * elsewhere they may be anything, also a full disk, of which libvirt tells in words alone.
 */
function ofFailure(error: LibvirtError, what: string): ProviderError {
  if (/no space left on device|cannot allocate memory/i.test(error.message)) {
    return outOfCapacity(`${what}: ${error.message}`, error);
  }
  if (error.domain === ErrorDomain.qemu || error.domain === ErrorDomain.storage) {
    return failedPrecondition(error, what, Reason.WrongState);
  }
  return new ProviderError('Unavailable', { message: `${what}: ${error.message}`, cause: error });
}

const failedPrecondition = (error: LibvirtError, what: string, reason: Reason): ProviderError =>
  new ProviderError('FailedPrecondition', { reason, message: `${what}: ${error.message}`, cause: error });
