import type { ProviderClient } from '@virtrigaud/grpc-contract/client';

/** One instance of a provider, to which calls can be sent. */
export interface Instance {
  /** Which replica. */
  readonly name: string;
  readonly client: ProviderClient;
  /** Aborts when it is not to be used any more: whoever follows a stream of it goes elsewhere. */
  readonly gone: AbortSignal;
  /**
   * Notes a call that begins; the returned function notes its end. An instance that leaves is closed after its last call.
   *
   * @param openUntilMs - of a mutation: until when it may be begun, on the monotonic clock.
   */
  begin(openUntilMs?: number): () => void;
}

/** Chooses the instance for each call. */
export interface Route {
  /**
   * The instance for a call about a subject: a VM's uid, or '' for the Provider. `failed` did not answer just now, and is chosen only
   * where there is no other. Undefined: none is there.
   */
  pick(subject: string, failed?: ReadonlySet<Instance>): Instance | undefined;
  /** All that may know of a task, the likeliest first, and the names of those that may, too, and cannot be asked. */
  knowers(subject: string): { readonly instances: readonly Instance[]; readonly silent: readonly string[] };
}

/** The route to one instance alone. */
export function onlyTo(instance: Instance): Route {
  return { pick: () => instance, knowers: () => ({ instances: [instance], silent: [] }) };
}
