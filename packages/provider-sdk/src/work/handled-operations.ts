import { ContractError, Reason } from '@virtrigaud/grpc-contract/server';

/** How long an operation id is remembered. */
const KEEP_MS = 3_600_000;

/** Remembers which edge-triggered operations were begun, so that each happens at most once while this process lives. */
export class HandledOperations {
  readonly #handledAt = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /**
   * Runs the effect unless the VM's operation was begun before.
   *
   * It is remembered before the effect, and forgotten only where the effect is known not to have happened: an effect whose outcome is
   * unknown is not repeated.
   *
   * @param key - the VM and the operation id.
   */
  async once(key: string, effect: () => Promise<unknown>): Promise<void> {
    this.#forgetOld();
    if (this.#handledAt.has(key)) return;
    this.#handledAt.set(key, this.#now());
    try {
      await effect();
    } catch (error) {
      if (isKnownRefusal(error)) this.#handledAt.delete(key);
      throw error;
    }
  }

  #forgetOld(): void {
    for (const [key, at] of this.#handledAt) {
      if (this.#now() - at <= KEEP_MS) return;
      this.#handledAt.delete(key);
    }
  }
}

/** An error with a reason says that its thrower knows what happened; out of reach is the one that does not. */
function isKnownRefusal(error: unknown): boolean {
  if (!(error instanceof ContractError)) return false;
  return error.reason !== undefined && error.reason !== Reason.HypervisorUnreachable;
}
