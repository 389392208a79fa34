import type { Random } from '../ports/clock.ts';

/** A name for one run: 16 hexadecimal digits. Unique enough to find its lines in a log; no secret. */
export function newCorrelationId(random: Random): string {
  const half = (): string =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return half() + half();
}
