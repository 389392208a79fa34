import type { CallOptions, DomainRef, FlagOptions, SnapshotRef } from '../types.ts';

/** Calls on snapshots of domains. */
export interface SnapshotApi {
  /** Flags from {@link SnapshotCreateFlag}. */
  snapshotCreateXml(domain: DomainRef, xml: string, options?: FlagOptions): Promise<SnapshotRef>;
  listAllSnapshots(domain: DomainRef, options?: FlagOptions): Promise<readonly SnapshotRef[]>;
  /** @throws LibvirtError code 72 when there is none. */
  snapshotLookupByName(domain: DomainRef, name: string, options?: CallOptions): Promise<SnapshotRef>;
  snapshotGetXmlDesc(snapshot: SnapshotRef, options?: FlagOptions): Promise<string>;
  /** Flags from {@link SnapshotRevertFlag}. */
  snapshotRevert(snapshot: SnapshotRef, options?: FlagOptions): Promise<void>;
  /** Flags from {@link SnapshotDeleteFlag}. */
  snapshotDelete(snapshot: SnapshotRef, options?: FlagOptions): Promise<void>;
}
