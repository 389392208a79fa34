import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Fate, Pace } from '../testing/model-hypervisor.ts';
import { uid } from '../testing/builders.ts';
import { WatchedLife, type Event, type LifeScript } from '../testing/watched-life.ts';

/** The same lives every time; a failure prints what was played, and the seed and path that play it again. */
const seeded = { seed: 20_261, numRuns: 1_000 } as const;

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Fate>({ kind: 'Answered' }) },
  { weight: 1, arbitrary: fc.constant<Fate>({ kind: 'ReplyLost' }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 59_000 }).map((afterMs): Fate => ({ kind: 'Late', afterMs })) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Fate>({ kind: 'Killed', when: 'before' }, { kind: 'Killed', when: 'after' }),
  },
);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Event>({ kind: 'Nothing' }) },
  { weight: 1, arbitrary: fc.constant<Event>({ kind: 'Killed' }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 90_000 }).map((forMs): Event => ({ kind: 'StreamLost', forMs })) },
);
const pace: fc.Arbitrary<Pace> = fc.record({
  taskMs: fc.constantFrom(0, 20_000, 130_000),
  tasksTell: fc.boolean(),
  lagMs: fc.constantFrom(1, 500, 5_000),
  shutdownMs: fc.constant(undefined),
});
const script: fc.Arbitrary<LifeScript> = fc.record({
  vm: fc.constantFrom({}, { spec: { vanishedPolicy: 'Recreate' } }),
  pace,
  fates: fc.array(fate, { maxLength: 10 }),
  events: fc.array(event, { maxLength: 10 }),
  killedAtWrite: fc.array(fc.boolean(), { maxLength: 10 }),
});

describe('the manager is killed at any step, calls are lost or come late', () => {
  it('P02 there is one machine, and there was never another', async () => {
    await fc.assert(
      fc.asyncProperty(script, async (each) => {
        const { life, model, broken } = await lived(each);
        expect({ broken, ready: life.ready(), made: model.made, there: [...model.vms.keys()] }).toEqual({
          broken: [],
          ready: 'True Settled',
          made: 1,
          there: [uid],
        });
      }),
      seeded,
    );
  }, 120_000);

  it('P14 and deleted at any stage of its making, nothing is left', async () => {
    const deleted = fc.tuple(script, fc.integer({ min: 0, max: 150_000 }));
    await fc.assert(
      fc.asyncProperty(deleted, async ([each, deletedAtMs]) => {
        const { life, model, broken } = await lived({ ...each, deletedAtMs });
        expect({ broken, object: life.vm, there: [...model.vms.keys()] }).toEqual({
          broken: [],
          object: undefined,
          there: [],
        });
      }),
      seeded,
    );
  }, 120_000);
});

async function lived(each: LifeScript): Promise<WatchedLife> {
  const watched = new WatchedLife(each);
  await watched.run();
  return watched;
}
