import { Reason } from '@virtrigaud/grpc-contract/server';
import { ProviderError } from '../provider-error.ts';
import type { Mutation } from '../wire/decode-mutation.ts';

/** What of a mutation tells how long it may still begin. */
type Limited = Pick<Mutation, 'notAfter'>;

/**
 * Throws DEADLINE_EXCEEDED, OPERATION_EXPIRED when a mutation may not begin any more: whoever sent it counts on that.
 *
 * @param kind - the call's name, such as `Create`.
 */
export function checkExpiry(kind: string, { notAfter }: Limited, now: number = Date.now()): void {
  if (notAfter === undefined || now <= notAfter.getTime()) return;
  throw expired(
    `${kind}: it had to begin by ${notAfter.toISOString()}, and here it is ${new Date(now).toISOString()}: it came late, or the clocks of manager and provider differ`,
  );
}

/** What an owner asked to have made, and whether a Delete has come since. */
interface Asked {
  readonly untilMs: number;
  isOver: boolean;
}

/**
 * Creations that were asked for with a limit, until they have expired: one that arrives a second time (a network may deliver twice) must not make
 * anew what a Delete of the same owner has removed since.
 */
export class Creations {
  readonly #asked = new Map<string, Map<string, Asked>>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Takes note of one. Throws DEADLINE_EXCEEDED, OPERATION_EXPIRED when it came before and was over by a Delete. */
  begin(kind: string, { owner, operationId, notAfter }: Pick<Mutation, 'owner' | 'operationId'> & Limited): void {
    if (notAfter === undefined) return;
    this.#forget();
    const ofOwner = this.#asked.get(owner.uid) ?? new Map<string, Asked>();
    const known = ofOwner.get(operationId);
    if (known?.isOver) {
      throw expired(
        `${kind}: ${owner.namespace}/${owner.name} was deleted after this was asked for; it is not made anew`,
      );
    }
    // Attempts may overtake each other on their way.
    ofOwner.set(operationId, { untilMs: Math.max(notAfter.getTime(), known?.untilMs ?? 0), isOver: false });
    this.#asked.set(owner.uid, ofOwner);
  }

  /** A Delete of the owner begins: what was asked for before it is over. */
  deleted({ owner }: Pick<Mutation, 'owner'>): void {
    for (const asked of this.#asked.get(owner.uid)?.values() ?? []) asked.isOver = true;
  }

  #forget(): void {
    const now = this.#now();
    for (const [uid, ofOwner] of this.#asked) {
      for (const [operationId, { untilMs }] of ofOwner) if (untilMs < now) ofOwner.delete(operationId);
      if (ofOwner.size === 0) this.#asked.delete(uid);
    }
  }
}

function expired(message: string): ProviderError {
  return new ProviderError('DeadlineExceeded', { reason: Reason.OperationExpired, message });
}
