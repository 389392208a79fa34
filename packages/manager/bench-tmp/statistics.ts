/** Counts by name, as read at one moment. */
export type Counts = Readonly<Record<string, number>>;

/**
 * The value that `share` of all samples do not exceed, by the nearest rank: always one that was measured.
 *
 * @param share - 0 to 1: 0.5 is the median.
 * @throws RangeError without samples.
 */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('there is no percentile of no samples');
  return value;
}

/**
 * Sums a counter of the Prometheus text format by one of its labels: samples that differ in other labels alone are added up.
 * Empty when the metric is not there.
 */
export function countsOf(exposition: string, metric: string, label: string): Counts {
  const counts: Record<string, number> = {};
  for (const line of exposition.split('\n')) {
    if (!line.startsWith(`${metric}{`)) continue;
    const name = new RegExp(`[{,]${label}="([^"]*)"`).exec(line)?.[1];
    const value = Number(line.slice(line.lastIndexOf(' ') + 1));
    if (name !== undefined) counts[name] = (counts[name] ?? 0) + value;
  }
  return counts;
}

/** What was counted between two moments; what was not is left out. */
export function counted(before: Counts, after: Counts): Counts {
  return Object.fromEntries(
    Object.entries(after)
      .map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
      .filter(([, count]) => count !== 0),
  );
}

/** The sum of all counts, or of those that are named. */
export function total(counts: Counts, names: readonly string[] = Object.keys(counts)): number {
  return names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
}

/** Rounded for a report; more digits than that would be noise. */
export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
