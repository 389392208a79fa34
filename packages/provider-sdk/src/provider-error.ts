import { Code, ContractError, Reason, type FieldViolation } from '@virtrigaud/grpc-contract/server';

/** The closed set of codes that a provider may answer with. */
export type ProviderErrorCode =
  | 'InvalidArgument'
  | 'NotFound'
  | 'AlreadyExists'
  | 'FailedPrecondition'
  | 'Aborted'
  | 'OutOfRange'
  | 'Unimplemented'
  | 'ResourceExhausted'
  | 'Unauthenticated'
  | 'PermissionDenied'
  | 'Unavailable'
  | 'DeadlineExceeded'
  | 'Cancelled';

const codes: Readonly<Record<ProviderErrorCode, Code>> = {
  InvalidArgument: Code.INVALID_ARGUMENT,
  NotFound: Code.NOT_FOUND,
  AlreadyExists: Code.ALREADY_EXISTS,
  FailedPrecondition: Code.FAILED_PRECONDITION,
  Aborted: Code.ABORTED,
  OutOfRange: Code.OUT_OF_RANGE,
  Unimplemented: Code.UNIMPLEMENTED,
  ResourceExhausted: Code.RESOURCE_EXHAUSTED,
  Unauthenticated: Code.UNAUTHENTICATED,
  PermissionDenied: Code.PERMISSION_DENIED,
  Unavailable: Code.UNAVAILABLE,
  DeadlineExceeded: Code.DEADLINE_EXCEEDED,
  Cancelled: Code.CANCELLED,
};

/** What beside the code makes a {@link ProviderError}. */
export interface ProviderErrorInit {
  /** What went wrong, on which object, and what to do next; with the hypervisor's own words. */
  readonly message: string;
  /**
   * One of `Reason`, or one of your own. With a reason the manager knows that you know what happened; leave it out only when the
   * outcome is unknown.
   */
  readonly reason?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Paths of the request in proto names. */
  readonly fields?: readonly FieldViolation[] | undefined;
  readonly retryDelayMs?: number | undefined;
  readonly cause?: unknown;
}

/** What a provider throws. Any other error is taken for a bug: INTERNAL, outcome unknown. */
export class ProviderError extends ContractError {
  readonly providerCode: ProviderErrorCode;

  constructor(code: ProviderErrorCode, { fields, ...init }: ProviderErrorInit) {
    super({ ...init, code: codes[code], fieldViolations: fields });
    this.providerCode = code;
  }
}

/** The VM is not there: the hypervisor was asked just now and said so. Never throw it when it could not be asked. */
export const vmAbsent = (what: string) =>
  new ProviderError('NotFound', { reason: Reason.VmAbsent, message: `${what} does not exist at the hypervisor` });

/** No prepared image of this owner. */
export const imageAbsent = (what: string) =>
  new ProviderError('NotFound', { reason: Reason.ImageAbsent, message: `${what} is not prepared here` });

/** The hypervisor cannot be asked: the one error that counts for the manager's circuit breaker. */
export const hypervisorUnreachable = (why: string, cause?: unknown) =>
  new ProviderError('Unavailable', {
    reason: Reason.HypervisorUnreachable,
    message: `the hypervisor cannot be reached: ${why}`,
    cause,
  });

/** The hypervisor refused the credentials. */
export const credentialsRejected = (why: string, cause?: unknown) =>
  new ProviderError('Unauthenticated', { reason: Reason.CredentialsRejected, message: why, cause });

/** Something that the request names is missing or inactive at the hypervisor: a pool, a network, an image file. */
export const dependencyMissing = (message: string, cause?: unknown) =>
  new ProviderError('FailedPrecondition', { reason: Reason.DependencyMissing, message, cause });

/** The name on the hypervisor belongs to another VM. */
export const nameTaken = (name: string) =>
  new ProviderError('AlreadyExists', {
    reason: Reason.NameTaken,
    message: `the name "${name}" belongs to another VM at the hypervisor, which stays untouched: choose another name`,
  });

/** A field of the request is wrong. */
export const invalidField = (field: string, description: string) =>
  new ProviderError('InvalidArgument', {
    reason: Reason.InvalidField,
    message: `${field}: ${description}`,
    fields: [{ field, description }],
  });

/** What can be neither live nor pending while the VM runs. Throw it before anything was changed. */
export const restartRequired = (fields: readonly string[]) =>
  new ProviderError('FailedPrecondition', {
    reason: Reason.RestartRequired,
    message: `cannot be changed while the VM runs: ${fields.join(', ')}`,
    fields: fields.map((field) => ({ field, description: 'needs the VM to be off' })),
  });

/** This provider cannot do that at all. */
export const capabilityMissing = (what: string) =>
  new ProviderError('Unimplemented', { reason: Reason.CapabilityMissing, message: `this provider cannot: ${what}` });

/** No space, memory or quota left. */
export const outOfCapacity = (message: string, cause?: unknown) =>
  new ProviderError('ResourceExhausted', { reason: Reason.OutOfCapacity, message, cause });

/** Makes a ProviderError of whatever was thrown; a bug stays one. */
export function asContractError(error: unknown): ContractError {
  if (error instanceof ContractError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ContractError({ code: Code.INTERNAL, message, cause: error });
}
