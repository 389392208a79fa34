/** Everything that this hypervisor answers instead of a result. */
export type HypervisorErrorCode =
  | 'Unreachable'
  | 'NoSuchVm'
  | 'VmExists'
  | 'NotOwner'
  | 'NameTaken'
  | 'NoSpace'
  | 'NoSuchNetwork'
  | 'NoSuchImage'
  | 'WrongChecksum'
  | 'WrongState'
  | 'DiskShrinks'
  | 'BadKnobs'
  | 'Injected';

/** The one error of the mock hypervisor. */
export class HypervisorError extends Error {
  readonly code: HypervisorErrorCode;

  constructor(code: HypervisorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HypervisorError';
    this.code = code;
  }
}
