const PART = /([0-9]+)(ms|s|m|h)/y;
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/**
 * Parses a span of time such as `90s`, `1h30m`, `500ms`.
 *
 * @returns milliseconds; `undefined` when the text is no duration.
 */
export function parseDurationMs(text: string): number | undefined {
  if (text === '') return undefined;
  const part = new RegExp(PART);
  let totalMs = 0;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (match === null) return undefined;
    totalMs += Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  }
  return totalMs;
}
