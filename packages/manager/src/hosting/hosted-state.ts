import type { ChannelCredentials, ProviderClientOptions } from '@virtrigaud/grpc-contract/client';

/** One place where a Provider is served: an instance of it that speaks the contract. */
export interface Endpoint {
  /** Which replica: `0`. The same after it was started again, so that the same machines go to it. */
  readonly name: string;
  /** `unix:/path` or `host:port`. Another address under the same name is another process. */
  readonly address: string;
  /** Plaintext when absent: for a socket in a private directory only. */
  readonly credentials?: ChannelCredentials | undefined;
  /**
   * Aborts when nothing that was begun there goes on: its process has ended. Undefined: nobody tells, and a time is waited out
   * instead.
   */
  readonly over?: AbortSignal | undefined;
  /** Carries the calls instead of a channel to the address, as in a simulation. */
  readonly wire?: ProviderClientOptions['wire'];
}

/** Where what serves a Provider stands: whatever serves it, in this process or elsewhere, says it so. */
export type HostedState =
  | { readonly kind: 'Starting' }
  | {
      readonly kind: 'Running';
      /** At least one, by name. */
      readonly endpoints: readonly Endpoint[];
      /** What the one that was started says of itself; undefined: it says so itself once it is connected to. */
      readonly version?: string | undefined;
      /** What keeps the others, where not all that are wanted run. */
      readonly trouble?: string | undefined;
      /** Some of those that serve are not as is wanted by now; why the one that is to take the place of one does not start, if so. */
      readonly replacing?: { readonly why?: string | undefined } | undefined;
    }
  | { readonly kind: 'WaitingForSecret'; readonly why: string; readonly sinceMs: number }
  | { readonly kind: 'PackageMissing'; readonly why: string; readonly sinceMs: number }
  | { readonly kind: 'Failed'; readonly why: string; readonly sinceMs: number }
  | { readonly kind: 'Stopped' };
