import { describe, expect, it } from '@jest/globals';
import { humanizeDuration } from './humanize-duration.ts';

const seconds = 1000;
const minutes = 60 * seconds;
const hours = 60 * minutes;
const days = 24 * hours;

describe('humanizeDuration', () => {
  it.each([
    [-5 * seconds, '<invalid>'],
    [-500, '0s'],
    [0, '0s'],
    [119 * seconds, '119s'],
    [2 * minutes, '2m'],
    [2 * minutes + 3 * seconds, '2m3s'],
    [10 * minutes + 3 * seconds, '10m'],
    [179 * minutes, '179m'],
    [3 * hours + 5 * minutes, '3h5m'],
    [8 * hours + 5 * minutes, '8h'],
    [47 * hours, '47h'],
    [2 * days + 5 * hours, '2d5h'],
    [9 * days + 5 * hours, '9d'],
    [800 * days, '2y70d'],
    [9 * 365 * days, '9y'],
  ])('shows %d ms as %s', (ms, expected) => {
    expect(humanizeDuration(ms)).toBe(expected);
  });
});
