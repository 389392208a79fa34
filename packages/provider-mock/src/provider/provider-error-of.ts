import {
  dependencyMissing,
  hypervisorUnreachable,
  outOfCapacity,
  ProviderError,
  Reason,
  vmAbsent,
} from '@virtrigaud/provider-sdk';
import { InjectedFailure } from '../hypervisor/fault-injector.ts';
import { HypervisorError } from '../hypervisor/hypervisor-error.ts';

/** What to throw for what the hypervisor answered; anything but its own errors is thrown as it is. */
export function providerErrorOf(error: unknown): unknown {
  if (error instanceof InjectedFailure) return injected(error);
  if (!(error instanceof HypervisorError)) return error;
  return translatedCode(error);
}

function translatedCode(error: HypervisorError): Error {
  switch (error.code) {
    case 'Unreachable':
    case 'BadKnobs':
      return hypervisorUnreachable(error.message, error);
    case 'NoSuchVm':
      return vmAbsent(error.message);
    case 'NameTaken':
      return new ProviderError('AlreadyExists', { reason: Reason.NameTaken, message: error.message, cause: error });
    case 'NoSpace':
      return outOfCapacity(error.message, error);
    case 'NoSuchNetwork':
    case 'NoSuchImage':
      return dependencyMissing(error.message, error);
    case 'WrongChecksum':
      return new ProviderError('FailedPrecondition', {
        reason: Reason.ChecksumMismatch,
        message: error.message,
        cause: error,
      });
    case 'DiskShrinks':
      return new ProviderError('InvalidArgument', {
        reason: Reason.InvalidField,
        message: error.message,
        cause: error,
      });
    case 'NotOwner':
      return new ProviderError('FailedPrecondition', {
        reason: Reason.OwnerMismatch,
        message: error.message,
        cause: error,
      });
    case 'VmExists':
      return new ProviderError('Aborted', { reason: Reason.OperationInProgress, message: error.message, cause: error });
    case 'WrongState':
      return new ProviderError('FailedPrecondition', {
        reason: Reason.WrongState,
        message: error.message,
        cause: error,
      });
    case 'Injected':
      return error;
  }
}

/** Runs a piece of work on the hypervisor; what it throws is in the contract's words. */
export async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw providerErrorOf(error);
  }
}

function injected({ status, reason, message }: InjectedFailure): Error {
  return status === 'Internal' ? new Error(message) : new ProviderError(status, { reason, message });
}
