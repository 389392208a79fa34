import { describe, expect, it } from '@jest/globals';
import { powerPatch } from './power.ts';
import { timeoutMsOf } from './timeout.ts';
import { parseGoal, whyItStays } from './wait.ts';

const object = (condition: object, generation = 1) => ({
  apiVersion: 'v1',
  kind: 'K',
  metadata: { name: 'a', generation },
  status: { conditions: [{ type: 'Ready', reason: 'R', message: 'm', lastTransitionTime: '', ...condition }] },
});

describe('parseGoal', () => {
  const ready = parseGoal('condition=Ready');

  it.each([
    { because: 'it is so', now: object({ status: 'True' }), met: true },
    { because: 'it is not', now: object({ status: 'False' }), met: false },
    { because: 'it speaks of an earlier spec', now: object({ status: 'True', observedGeneration: 1 }, 2), met: false },
    { because: 'it speaks of this spec', now: object({ status: 'True', observedGeneration: 2 }, 2), met: true },
    { because: 'it is absent', now: undefined, met: false },
  ])('of a condition is met: $met, because $because', ({ now, met }) => expect(ready.isMet(now)).toBe(met));

  it('takes another status, in any case', () => {
    expect(parseGoal('condition=ready=false').isMet(object({ status: 'False' }))).toBe(true);
  });

  it('of a deletion is met by absence', () => {
    expect(parseGoal('delete').isMet(undefined)).toBe(true);
    expect(parseGoal('delete').isMet(object({ status: 'True' }))).toBe(false);
  });

  it('says how it stands', () => {
    expect(ready.describe(object({ status: 'False' }))).toBe('Ready is False, R: m');
    expect(ready.describe(undefined)).toBe('is not there');
    expect(parseGoal('condition=X').describe(object({ status: 'True' }))).toBe('has no condition X yet');
  });

  it.each(['', 'Ready', 'condition=', 'jsonpath=x'])('does not read %p', (text) =>
    expect(() => parseGoal(text)).toThrow(/write condition=NAME/),
  );
});

describe('whyItStays', () => {
  it('tells the reason of Ready', () => {
    const deleting = object({ status: 'False' });
    expect(whyItStays(deleting)).toMatch(/nobody has deleted it/);
    const metadata = { ...deleting.metadata, deletionTimestamp: 'x' };
    expect(whyItStays({ ...deleting, metadata })).toBe('is being deleted: R: m');
  });
});

describe('timeoutMsOf', () => {
  it.each([
    ['30s', 30_000],
    ['0s', 1],
  ])('reads %s', (text, ms) => expect(timeoutMsOf(text)).toBe(ms));
  it.each(['30', '', '999h'])('does not read %p', (text) => expect(() => timeoutMsOf(text)).toThrow(/--timeout/));
});

describe('powerPatch', () => {
  it.each([
    ['on', { spec: { powerState: 'On' } }],
    ['off', { spec: { powerState: 'Off' } }],
    ['shutdown', { spec: { powerState: 'OffGraceful' } }],
    ['reboot', { metadata: { annotations: { 'virtrigaud.io/restart': 'token' } } }],
  ] as const)('of %s is %p', (action, patch) => expect(powerPatch(action, 'token')).toEqual(patch));
});
