import { Code, ContractError } from '@virtrigaud/grpc-contract/server';

/** A VM is there, but the provider's own code cannot read it: a bug, and neither an absence nor a lost connection. */
export class UnreadableVm extends ContractError {
  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super({ code: Code.INTERNAL, message: `a VM is there, but cannot be read: ${why}`, cause });
  }
}
