/** Something that happened in one of the processes. */
export interface Mark {
  /** By the machine's monotonic clock, which all processes share. */
  readonly atNs: bigint;
  /** Who saw it, and what: `manager: reconcile begins`. */
  readonly what: string;
  /** The VM that it was about; undefined where that cannot be told: it is of the one that is made at that time. */
  readonly of: string | undefined;
}

/** A mark as a line of text. */
export function lineOf({ atNs, what, of = '' }: Mark): string {
  return `${String(atNs)}\t${of}\t${what}`;
}

/** The mark of such a line. */
export function markOf(line: string): Mark {
  const [atNs = '', of = '', what = ''] = line.split('\t');
  return { atNs: BigInt(atNs), what, of: of === '' ? undefined : of };
}

/** Now, by that clock. */
export function nowNs(): bigint {
  return process.hrtime.bigint();
}
