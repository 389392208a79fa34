/** A domain as libvirt names it in every call. */
export interface DomainRef {
  readonly name: string;
  /** Canonical lower-case form with dashes. */
  readonly uuid: string;
  /** Number of the running instance, -1 when the domain is off. */
  readonly id: number;
}

/** A virtual network. */
export interface NetworkRef {
  readonly name: string;
  readonly uuid: string;
}

/** A storage pool. */
export interface PoolRef {
  readonly name: string;
  readonly uuid: string;
}

/** A storage volume. */
export interface VolumeRef {
  /** Name of its pool. */
  readonly pool: string;
  readonly name: string;
  /** Unique on the host; for volumes in files it is the path. */
  readonly key: string;
}

/** A domain's snapshot. */
export interface SnapshotRef {
  readonly name: string;
  readonly domain: DomainRef;
}

/** Value of a typed parameter; 64-bit integers are bigint. */
export type TypedValue = number | bigint | boolean | string;

/** Named values as libvirt returns them for statistics and guest information. */
export type TypedParams = ReadonlyMap<string, TypedValue>;

/** Limits that any call takes. */
export interface CallOptions {
  /** Gives the call up. What was already sent may still have its effect. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Deadline of this call in milliseconds, waiting for a free slot included; the connection's `callTimeoutMs`
   * otherwise. For streams: the longest time without progress.
   */
  readonly timeoutMs?: number | undefined;
}

/** {@link CallOptions} of procedures that take flags. */
export interface FlagOptions extends CallOptions {
  /** Bits from the flag constants, 0 by default. */
  readonly flags?: number | undefined;
}

/** Takes a listener off again. Calling it twice is harmless. */
export type Unsubscribe = () => void;
