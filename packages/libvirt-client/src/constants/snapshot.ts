/** Flags of `snapshotCreateXml`. */
export const SnapshotCreateFlag = { diskOnly: 16, quiesce: 64, atomic: 128 } as const;

/** Flags of `snapshotRevert`. */
export const SnapshotRevertFlag = { running: 1, paused: 2, force: 4 } as const;

/** Flags of `snapshotDelete`. */
export const SnapshotDeleteFlag = { children: 1, metadataOnly: 2 } as const;
