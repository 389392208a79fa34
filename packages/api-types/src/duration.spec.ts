import { describe, expect, it } from '@jest/globals';
import { parseDurationMs } from './duration.ts';

describe('parseDurationMs', () => {
  it.each([
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['1m500ms', 60_500],
    ['0s', 0],
  ])('reads %s as %d ms', (text, ms) => expect(parseDurationMs(text)).toBe(ms));

  it.each(['', '5', '5x', 's', '1h 30m', '-1s', '1.5s'])('does not read %p', (text) =>
    expect(parseDurationMs(text)).toBeUndefined(),
  );
});
