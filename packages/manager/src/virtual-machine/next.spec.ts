import { describe, expect, it } from '@jest/globals';
import { Annotation } from '@virtrigaud/api-types';
import { anAttempt, anObservation, aProvider, unreachable, type ObservedParts } from '../testing/builders.ts';
import { next } from './next.ts';
import { planVirtualMachine } from './plan.ts';

const nextOf = (parts: ObservedParts) => {
  const seen = anObservation(parts);
  return next(planVirtualMachine(seen), seen);
};
const over = { attempts: { Create: anAttempt({ retryAtMs: 500 }), TaskStatus: anAttempt({ retryAtMs: 900 }) } };

describe('next', () => {
  it.each([
    {
      because: 'a Provider that is out of reach',
      given: { change: { named: aProvider({ unavailable: unreachable }) } },
    },
    { because: 'a person who paused it', given: { metadata: { annotations: { [Annotation.Paused]: 'true' } } } },
    { because: 'nothing, when all is as wanted', given: {} },
  ])('P24 a retry whose time is over starts no loop while it waits for $because', ({ given }) => {
    expect(nextOf({ ...given, remembered: over })).toEqual({ kind: 'done' });
  });

  it('looks again when what failed may be tried again', () => {
    const attempts = { ...over.attempts, Power: anAttempt({ retryAtMs: 4_000 }) };
    expect(nextOf({ remembered: { attempts } })).toEqual({ kind: 'requeue', afterMs: 3_000 });
  });
});
