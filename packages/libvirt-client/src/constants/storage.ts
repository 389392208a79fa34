/** `state` of a pool. */
export const PoolState = { inactive: 0, building: 1, running: 2, degraded: 3, inaccessible: 4 } as const;

/** Flags of `listAllStoragePools`. */
export const ListPoolsFlag = { inactive: 1, active: 2 } as const;

/** Flags of `volCreateXml` and `volCreateXmlFrom`. */
export const VolumeCreateFlag = { preallocateMetadata: 1, reflink: 2 } as const;

/** Flags of `volResize`; without `shrink` a smaller capacity is refused. */
export const VolumeResizeFlag = { allocate: 1, delta: 2, shrink: 4 } as const;
