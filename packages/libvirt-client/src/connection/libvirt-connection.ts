import type { LibvirtApi } from '../api/libvirt-api.ts';
import type { DomainEvent, DomainEventKind } from '../domain-event.ts';
import type { LibvirtError } from '../libvirt-error.ts';
import type { CallOptions, Unsubscribe } from '../types.ts';

/** One open connection to libvirtd. It does not come back by itself: see {@link LibvirtSession}. */
export interface LibvirtConnection extends LibvirtApi {
  /** Why the connection ended, `undefined` while it lives. */
  readonly closedBecause: LibvirtError | undefined;
  /**
   * Asks libvirtd for events of all domains. Resolves when it will send them; those that happened before are lost, so
   * list after this, not before.
   *
   * @returns A function that asks libvirtd to stop.
   */
  onDomainEvent(
    kinds: readonly DomainEventKind[],
    listener: (event: DomainEvent) => void,
    options?: CallOptions,
  ): Promise<() => Promise<void>>;
  /** Calls back once when the connection ends, for whatever reason; at once if it has ended. */
  onClose(listener: (reason: LibvirtError) => void): Unsubscribe;
  /** Says good-bye and closes. Pending calls reject as `lost`. Idempotent. */
  close(): Promise<void>;
}
