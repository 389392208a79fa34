import { status } from '@grpc/grpc-js';

/** The status codes of gRPC, as numbers. */
export const Code = status;
export type Code = status;

/** `domain` of each ErrorInfo that the contract defines. */
export const ERROR_DOMAIN = 'virtrigaud.io';

/**
 * Reasons that an ErrorInfo of the contract may name. A provider may use others; the manager shows them and classifies by the
 * code alone.
 */
export const Reason = {
  /** NOT_FOUND: the hypervisor, asked now, said that the VM is not there. The only proof of absence. */
  VmAbsent: 'VM_ABSENT',
  /** NOT_FOUND: no prepared image for this owner. */
  ImageAbsent: 'IMAGE_ABSENT',
  /** NOT_FOUND: the work is known to be over, or was never there. */
  TaskAbsent: 'TASK_ABSENT',
  /** FAILED_PRECONDITION: the VM bears another owner's stamp. */
  OwnerMismatch: 'OWNER_MISMATCH',
  /** FAILED_PRECONDITION: two carriers bear the stamp of one owner. */
  DuplicateOwner: 'DUPLICATE_OWNER',
  /** FAILED_PRECONDITION: can be neither live nor pending on a running VM; BadRequest names the fields. */
  RestartRequired: 'RESTART_REQUIRED',
  /** FAILED_PRECONDITION: something that the request names is missing or inactive at the hypervisor. */
  DependencyMissing: 'DEPENDENCY_MISSING',
  /** FAILED_PRECONDITION, or a failed image task: the bytes are not those that the checksum is of. */
  ChecksumMismatch: 'CHECKSUM_MISMATCH',
  /** FAILED_PRECONDITION: `spec.endpoint` means the provider's own machine, and the hypervisor is not there. */
  EndpointNotLocal: 'ENDPOINT_NOT_LOCAL',
  /** FAILED_PRECONDITION: the VM's state does not allow the operation. */
  WrongState: 'WRONG_STATE',
  /** ALREADY_EXISTS: the name on the hypervisor belongs to another VM. */
  NameTaken: 'NAME_TAKEN',
  /** ABORTED: a leader with a higher term has been seen. */
  StaleTerm: 'STALE_TERM',
  /** DEADLINE_EXCEEDED: it came after its `not_after`, or a Delete of the same owner came before it. Nothing was begun. */
  OperationExpired: 'OPERATION_EXPIRED',
  /** ABORTED: other work is in the way; metadata `task_id` names it. */
  OperationInProgress: 'OPERATION_IN_PROGRESS',
  /** ABORTED: the VM is no longer of the expected revision. */
  Changed: 'CHANGED',
  /** UNAVAILABLE: the provider cannot ask its hypervisor. Counts for a circuit breaker. */
  HypervisorUnreachable: 'HYPERVISOR_UNREACHABLE',
  /** UNAVAILABLE: the provider is draining or not started. */
  ProviderStopping: 'PROVIDER_STOPPING',
  /** UNAUTHENTICATED: the hypervisor refused the credentials. */
  CredentialsRejected: 'CREDENTIALS_REJECTED',
  /** FAILED_PRECONDITION: the Secret lacks keys, or has wrong ones. */
  CredentialsIncomplete: 'CREDENTIALS_INCOMPLETE',
  /** PERMISSION_DENIED: the account lacks a right. */
  PermissionMissing: 'PERMISSION_MISSING',
  /** PERMISSION_DENIED: the provider itself does not admit this client: its certificate bears another name. */
  NotAdmitted: 'NOT_ADMITTED',
  /** RESOURCE_EXHAUSTED: no space, memory or quota. */
  OutOfCapacity: 'OUT_OF_CAPACITY',
  /** UNIMPLEMENTED: the provider does not list the capability. */
  CapabilityMissing: 'CAPABILITY_MISSING',
  /** Of Validate alone: the Provider's defaults name something that this hypervisor does not have, or does not know. */
  InvalidConfiguration: 'INVALID_CONFIGURATION',
  /** INVALID_ARGUMENT: BadRequest names the fields. */
  InvalidField: 'INVALID_FIELD',
} as const;
export type Reason = (typeof Reason)[keyof typeof Reason];
