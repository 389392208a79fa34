const SIZE = /^([1-9][0-9]{0,6})(Mi|Gi|Ti)$/;
const UNIT_BYTES = { Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 } as const;

/**
 * Parses a size such as `512Mi`, `4Gi`, `1Ti` to bytes.
 *
 * @returns bytes, a multiple of 1 MiB; `undefined` when the text is no size. Exact up to 8191Ti.
 */
export function parseSizeBytes(size: string): number | undefined {
  const match = SIZE.exec(size);
  if (match === null) return undefined;
  return Number(match[1]) * UNIT_BYTES[match[2] as keyof typeof UNIT_BYTES];
}

/**
 * Writes bytes as a quantity: in the largest of `Ti`, `Gi`, `Mi` that divides them, else in plain bytes.
 *
 * @param bytes - a non-negative integer.
 */
export function formatSize(bytes: number): string {
  for (const unit of ['Ti', 'Gi', 'Mi'] as const) {
    if (bytes > 0 && bytes % UNIT_BYTES[unit] === 0) return `${bytes / UNIT_BYTES[unit]}${unit}`;
  }
  return String(bytes);
}

/** Memory that `resources` of a VirtualMachine asks for, over both spellings, in bytes; `undefined` when it says nothing. */
export function memoryBytes(resources: {
  readonly memory?: string | undefined;
  readonly memoryMiB?: number | undefined;
}): number | undefined {
  if (resources.memoryMiB !== undefined) return resources.memoryMiB * UNIT_BYTES.Mi;
  return resources.memory === undefined ? undefined : parseSizeBytes(resources.memory);
}

/** Size of a disk, over both spellings, in bytes; `undefined` when it says nothing. */
export function diskBytes(disk: {
  readonly size?: string | undefined;
  readonly sizeGiB?: number | undefined;
}): number | undefined {
  if (disk.sizeGiB !== undefined) return disk.sizeGiB * UNIT_BYTES.Gi;
  return disk.size === undefined ? undefined : parseSizeBytes(disk.size);
}
