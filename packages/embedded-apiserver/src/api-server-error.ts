/**
 * Why a server could not start or go on:
 * - `InvalidOptions`: an option is missing or unusable
 * - `InvalidCrd`: a CustomResourceDefinition is malformed, or uses what this server does not have
 * - `StateLocked`: another process serves this state directory
 * - `StateCorrupt`: what is in the state directory cannot be read
 * - `StateTooNew`: a later version of this program has written it
 * - `BackupUnusable`: a file to restore from is no backup, or a damaged one
 * - `StateUnwritable`: the state directory cannot be written (permissions, full disk)
 * - `ListenFailed`: the address is in use or not ours
 */
export type ApiServerErrorCode =
  | 'InvalidOptions'
  | 'InvalidCrd'
  | 'StateLocked'
  | 'StateCorrupt'
  | 'StateTooNew'
  | 'BackupUnusable'
  | 'StateUnwritable'
  | 'ListenFailed';

/** A server that could not start or go on; requests that are refused get a Kubernetes `Status` instead. */
export class ApiServerError extends Error {
  readonly code: ApiServerErrorCode;

  constructor(code: ApiServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApiServerError';
    this.code = code;
  }
}
