import type { CallOptions, FlagOptions, PoolRef, VolumeRef } from '../types.ts';

/** State and sizes of a pool. */
export interface PoolInfo {
  /** One of {@link PoolState}. */
  readonly state: number;
  readonly capacityBytes: bigint;
  readonly allocationBytes: bigint;
  readonly availableBytes: bigint;
}

/** Kind and sizes of a volume. While a copy runs, the capacity is already the final one. */
export interface VolumeInfo {
  /** 0 file, 1 block, 2 directory, 3 network, 4 network directory, 5 ploop. */
  readonly type: number;
  readonly capacityBytes: bigint;
  readonly allocationBytes: bigint;
}

/** Part of a volume that a stream covers. */
export interface VolumeRange extends CallOptions {
  /** First byte, 0 by default. */
  readonly offsetBytes?: bigint | undefined;
  /** 0 or missing: to the end. */
  readonly lengthBytes?: bigint | undefined;
}

/** Calls on storage pools and volumes. */
export interface StorageApi {
  listAllStoragePools(options?: FlagOptions): Promise<readonly PoolRef[]>;
  /** @throws LibvirtError code 49 when there is none. */
  poolLookupByName(name: string, options?: CallOptions): Promise<PoolRef>;
  /** @throws LibvirtError code 49 when there is none. */
  poolLookupByUuid(uuid: string, options?: CallOptions): Promise<PoolRef>;
  poolGetInfo(pool: PoolRef, options?: CallOptions): Promise<PoolInfo>;
  poolGetXmlDesc(pool: PoolRef, options?: FlagOptions): Promise<string>;
  /** Defines a persistent pool, inactive. */
  poolDefineXml(xml: string, options?: FlagOptions): Promise<PoolRef>;
  /** Makes what the pool needs, such as its directory. */
  poolBuild(pool: PoolRef, options?: FlagOptions): Promise<void>;
  /** Starts a defined pool. */
  poolCreate(pool: PoolRef, options?: FlagOptions): Promise<void>;
  /** Stops a pool; its volumes stay. */
  poolDestroy(pool: PoolRef, options?: CallOptions): Promise<void>;
  /** Removes the definition of a stopped pool; its volumes stay. */
  poolUndefine(pool: PoolRef, options?: CallOptions): Promise<void>;
  /** Reads the pool's volumes again. @throws LibvirtError code 1 while a copy runs in the pool. */
  poolRefresh(pool: PoolRef, options?: FlagOptions): Promise<void>;
  poolSetAutostart(pool: PoolRef, change: { readonly autostart: boolean }, options?: CallOptions): Promise<void>;
  poolListAllVolumes(pool: PoolRef, options?: FlagOptions): Promise<readonly VolumeRef[]>;
  /** @throws LibvirtError code 50 when there is none. */
  volLookupByName(pool: PoolRef, name: string, options?: CallOptions): Promise<VolumeRef>;
  /** @throws LibvirtError code 50 when there is none. */
  volLookupByPath(path: string, options?: CallOptions): Promise<VolumeRef>;
  /** @throws LibvirtError code 90 when the name is taken. */
  volCreateXml(pool: PoolRef, xml: string, options?: FlagOptions): Promise<VolumeRef>;
  /** Copies a volume; returns when the copy is complete, so give it a deadline of its own. */
  volCreateXmlFrom(
    pool: PoolRef,
    copy: { readonly xml: string; readonly source: VolumeRef },
    options?: FlagOptions,
  ): Promise<VolumeRef>;
  volGetInfo(volume: VolumeRef, options?: CallOptions): Promise<VolumeInfo>;
  volGetXmlDesc(volume: VolumeRef, options?: FlagOptions): Promise<string>;
  /** Flags from {@link VolumeResizeFlag}. */
  volResize(volume: VolumeRef, capacityBytes: bigint, options?: FlagOptions): Promise<void>;
  volDelete(volume: VolumeRef, options?: FlagOptions): Promise<void>;
  volWipe(volume: VolumeRef, options?: FlagOptions): Promise<void>;
  /**
   * Writes bytes into a volume as they come from `source`, and resolves when libvirtd has them all. Slows the source
   * down to what libvirtd takes. A failing source aborts the stream; the volume is then half written.
   *
   * @returns The number of bytes sent.
   */
  volUpload(volume: VolumeRef, source: AsyncIterable<Uint8Array>, options?: VolumeRange): Promise<bigint>;
  /**
   * Reads a volume. Leaving the loop early aborts the stream. While the reader does not take what has come, the
   * connection is not read either: make no other call on the same connection from inside the loop.
   */
  volDownload(volume: VolumeRef, options?: VolumeRange): AsyncIterable<Uint8Array>;
}
