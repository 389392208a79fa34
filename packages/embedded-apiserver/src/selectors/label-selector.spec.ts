import { describe, expect, it } from '@jest/globals';
import { parseLabelSelector } from './label-selector.ts';

const labels = { app: 'web', tier: 'gold', size: '7', 'test.io/key': '' };

describe('parseLabelSelector', () => {
  it.each([
    ['', true],
    ['app=web', true],
    ['app==web,tier=gold', true],
    ['app!=web', false],
    ['absent!=x', true],
    ['app', true],
    ['!app', false],
    ['!absent', true],
    ['tier in (gold, silver),app', true],
    ['tier notin (gold,silver)', false],
    ['absent notin (x)', true],
    ['absent in (x)', false],
    ['test.io/key=', true],
    ['size>6', true],
    ['size<6', false],
  ])('%s: %s', (selector, expected) => {
    expect(parseLabelSelector(selector)(labels)).toBe(expected);
  });

  it('refuses what is none', () => {
    expect(() => parseLabelSelector('a b c')).toThrow('unable to parse requirement');
  });
});
