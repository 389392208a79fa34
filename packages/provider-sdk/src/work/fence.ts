import { Reason } from '@virtrigaud/grpc-contract/server';
import { ProviderError } from '../provider-error.ts';

/** Remembers the highest leader's term that each cluster has shown, and keeps older leaders out. */
export class Fence {
  readonly #terms = new Map<string, bigint>();

  /** The highest term seen of a cluster; 0 when it never called. */
  highest(clusterId: string): bigint {
    return this.#terms.get(clusterId) ?? 0n;
  }

  /** Takes note of a term. Lower ones change nothing. */
  announce(clusterId: string, term: bigint): void {
    if (term > this.highest(clusterId)) this.#terms.set(clusterId, term);
  }

  /** Throws ABORTED, STALE_TERM when a newer leader of the cluster has been seen. */
  check(clusterId: string, term: bigint): void {
    const highest = this.highest(clusterId);
    if (term >= highest) return;
    throw new ProviderError('Aborted', {
      reason: Reason.StaleTerm,
      message: `a leader of term ${String(highest)} has been seen; this call is of term ${String(term)}`,
      metadata: { highest_term: String(highest) },
    });
  }
}
