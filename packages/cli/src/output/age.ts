const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** How long ago a time was, as a short word: `5s`, `3m`, `2d`; `<unknown>` when it is no time. */
export function age(since: unknown, now: Date): string {
  const thenMs = typeof since === 'string' ? Date.parse(since) : Number.NaN;
  if (Number.isNaN(thenMs)) return '<unknown>';
  const passedMs = Math.max(0, now.getTime() - thenMs);
  const [unit, unitMs] = UNITS.find(([, ms]) => passedMs >= 2 * ms) ?? ['s', 1000];
  return `${Math.floor(passedMs / unitMs)}${unit}`;
}
