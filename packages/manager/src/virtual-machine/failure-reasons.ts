import { Code, Reason as WireReason } from '@virtrigaud/grpc-contract/client';
import type { ReasonOf } from '@virtrigaud/api-types';
import type { Failure } from '../transport/failure.ts';

/** The reason of Provisioned=False that a failed Create, Adopt or Describe stands for. Pure. */
export function reasonOfProvisioning(failure: Failure): ReasonOf<'VirtualMachine', 'Provisioned'> {
  if (failure.class === 'unknown-outcome') return 'OutcomeUnknown';
  switch (failure.reason) {
    case WireReason.DuplicateOwner:
      return 'DuplicateOwner';
    case WireReason.NameTaken:
    case WireReason.OwnerMismatch:
      return 'NameTaken';
    case WireReason.OutOfCapacity:
      return 'OutOfCapacity';
    case WireReason.CapabilityMissing:
      return 'CapabilityMissing';
    case WireReason.VmAbsent:
      // Only a machine that is to be taken over is missed: where one is made, it is not there before.
      return failure.call === 'Adopt' ? 'Vanished' : 'CreateFailed';
    default:
      break;
  }
  switch (failure.code) {
    case Code.ALREADY_EXISTS:
      return 'NameTaken';
    case Code.RESOURCE_EXHAUSTED:
      return 'OutOfCapacity';
    case Code.PERMISSION_DENIED:
      return 'PermissionDenied';
    case Code.UNIMPLEMENTED:
      return 'CapabilityMissing';
    default:
      return 'CreateFailed';
  }
}

/** Whether the provider refuses what the object itself says: Ready=False then has the reason InvalidSpec. */
export function isInvalidSpec(failure: Failure | undefined): boolean {
  if (!failure) return false;
  return failure.code === Code.INVALID_ARGUMENT || failure.code === Code.OUT_OF_RANGE;
}
