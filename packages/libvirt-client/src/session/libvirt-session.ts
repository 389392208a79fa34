import type { LibvirtApi } from '../api/libvirt-api.ts';
import type { ConnectOptions } from '../connection/connect-options.ts';
import type { DomainEvent, DomainEventKind } from '../domain-event.ts';
import type { LibvirtError } from '../libvirt-error.ts';
import type { CallOptions, Unsubscribe } from '../types.ts';

/** Where a session stands. */
export type SessionState =
  /** Never connected so far, the first attempt is running. */
  | { readonly kind: 'connecting' }
  /** Every connection is open and events are registered. */
  | { readonly kind: 'connected' }
  /** At least one connection is down; it is being opened again, for the `attempt`th time, after `retryInMs`. */
  | { readonly kind: 'lost'; readonly error: LibvirtError; readonly attempt: number; readonly retryInMs: number }
  /** `close()` was called. */
  | { readonly kind: 'closed' };

/** Growth of the waits between attempts: `firstMs`, doubled each time up to `maxMs`, each taken at random from its upper half. */
export interface BackoffOptions {
  /** 250 by default. */
  readonly firstMs: number;
  /** 15,000 by default. */
  readonly maxMs: number;
}

/** How a session is made. */
export interface SessionOptions extends Omit<ConnectOptions, 'signal'> {
  /** Events that each connection is asked for; none by default. */
  readonly domainEvents?: readonly DomainEventKind[] | undefined;
  readonly backoff?: BackoffOptions | undefined;
}

/**
 * A connection that lives: three of them in truth, one for events and short calls, one for long calls and streams, one
 * for questions to guests, so that a guest that does not answer, or an upload, delays nothing else. Each is opened
 * again when it is lost. Calls are never repeated: what was pending fails with outcome `unknown`, and what is called
 * while there is no connection fails at once with outcome `not-sent`.
 */
export interface LibvirtSession extends LibvirtApi {
  readonly state: SessionState;
  /** Calls back at each change, not for the present state. */
  onState(listener: (state: SessionState) => void): Unsubscribe;
  /** Events of the kinds in `domainEvents`, through every reconnection. */
  onDomainEvent(listener: (event: DomainEvent) => void): Unsubscribe;
  /**
   * Calls back whenever events were (re-)registered, the first time too: what happened before was not seen, so list
   * everything now.
   */
  onResync(listener: () => void): Unsubscribe;
  /** Resolves when connected; at once if it is. @throws LibvirtError `timeout`, `aborted`, or `lost` when closed. */
  whenConnected(options?: CallOptions): Promise<void>;
  /** Closes all connections and stops reconnecting. Idempotent. */
  close(): Promise<void>;
}
