import { describe, expect, it } from '@jest/globals';
import { Annotation, Finalizer } from '@virtrigaud/api-types';
import { Code, Lifecycle, PowerReason, PowerState, Reason } from '@virtrigaud/grpc-contract/client';
import fc from 'fast-check';
import { aProvider, binding, uid, unreachable } from '../testing/builders.ts';
import type { Fate, Pace } from '../testing/model-hypervisor.ts';
import { WatchedLife, withMachine, type Event, type LifeScript } from '../testing/watched-life.ts';
import type { ProviderView } from './observed.ts';

/** More calls than any of these lives takes, its twelve troubles included. */
const maxCalls = 150;
/** The same states every time; a failure prints what was played, and the seed and path that play it again. */
const seeded = { seed: 71, numRuns: 1_500 } as const;

const refusals = [
  [Code.UNAVAILABLE],
  [Code.UNAVAILABLE, Reason.HypervisorUnreachable],
  [Code.INTERNAL],
  [Code.UNKNOWN],
  [Code.CANCELLED],
  [Code.ABORTED, Reason.Changed],
  [Code.NOT_FOUND],
  [Code.RESOURCE_EXHAUSTED, Reason.OutOfCapacity],
  [Code.FAILED_PRECONDITION, Reason.WrongState],
  [Code.FAILED_PRECONDITION, Reason.DependencyMissing],
  [Code.PERMISSION_DENIED, Reason.PermissionMissing],
  [Code.UNAUTHENTICATED, Reason.CredentialsRejected],
  [Code.INVALID_ARGUMENT, Reason.InvalidField],
  [Code.ALREADY_EXISTS, Reason.NameTaken],
] as const;
const fate: fc.Arbitrary<Fate> = fc.oneof(
  fc.constant<Fate>({ kind: 'Answered' }),
  fc.constant<Fate>({ kind: 'ReplyLost' }),
  fc.integer({ min: 1, max: 59_000 }).map((afterMs): Fate => ({ kind: 'Late', afterMs })),
  fc.constantFrom<Fate>({ kind: 'Killed', when: 'before' }, { kind: 'Killed', when: 'after' }),
  fc.constantFrom(...refusals).map(([code, reason]): Fate => ({ kind: 'Refused', code, ...(reason && { reason }) })),
);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Event>({ kind: 'Nothing' }) },
  { weight: 1, arbitrary: fc.constant<Event>({ kind: 'Killed' }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 90_000 }).map((forMs): Event => ({ kind: 'StreamLost', forMs })) },
);
const pace: fc.Arbitrary<Pace> = fc.record({
  taskMs: fc.constantFrom(0, 0, 20_000, 130_000),
  tasksTell: fc.boolean(),
  lagMs: fc.constantFrom(1, 500, 5_000),
  shutdownMs: fc.constantFrom(undefined, 5_000, 40_000),
});

/** A machine of ours at the hypervisor. */
interface Machine {
  readonly lifecycle: Lifecycle;
  readonly powerState: PowerState;
  readonly powerReason: PowerReason;
  readonly cpus: number;
}
/** A life as it is found by a manager, and what happens to it from there on. */
interface Start extends Omit<LifeScript, 'vm'> {
  readonly spec: { readonly powerState: string; readonly vanishedPolicy: string; readonly deletionPolicy: string };
  /** Undefined: nothing was ever sent for it. */
  readonly bound:
    | {
        /** It was READY once. */
        readonly isKnown: boolean;
        readonly machine: Machine | undefined;
        readonly task: { readonly id: string } | undefined;
        readonly createUntilMs: number | undefined;
      }
    | undefined;
  readonly isDeleting: boolean;
  readonly annotations: Readonly<Record<string, string>>;
}

const start: fc.Arbitrary<Start> = fc.record({
  spec: fc.record({
    powerState: fc.constantFrom('On', 'Off', 'OffGraceful'),
    vanishedPolicy: fc.constantFrom('Report', 'Recreate'),
    deletionPolicy: fc.constantFrom('Delete', 'Retain'),
  }),
  bound: fc.option(
    fc.record({
      isKnown: fc.boolean(),
      machine: fc.option(
        fc.record({
          lifecycle: fc.constantFrom(Lifecycle.READY, Lifecycle.READY, Lifecycle.CREATING),
          powerState: fc.constantFrom(PowerState.ON, PowerState.OFF, PowerState.SUSPENDED, PowerState.CRASHED),
          powerReason: fc.constantFrom(PowerReason.USER, PowerReason.IO_ERROR),
          cpus: fc.integer({ min: 1, max: 3 }),
        }),
        { nil: undefined },
      ),
      task: fc.constantFrom(undefined, { id: 'forgotten' }),
      createUntilMs: fc.constantFrom(undefined, 5_000, 61_000),
    }),
    { nil: undefined, freq: 8 },
  ),
  isDeleting: fc.boolean(),
  annotations: fc.constantFrom({}, { [Annotation.Restart]: 'a' }, { [Annotation.ReconcileNow]: '1' }),
  pace,
  fates: fc.array(fate, { maxLength: 12 }),
  events: fc.array(event, { maxLength: 8 }),
});

describe('planning again and again, from whatever is found', () => {
  it('comes to rest where it was to go, in bounded steps, and breaks no rule of safety on the way', async () => {
    await fc.assert(
      fc.asyncProperty(start, async (each) => {
        const watched = begin(each);
        await watched.run();
        expect({ broken: watched.broken, end: endOf(watched) }).toEqual({ broken: [], end: expectedEnd(each) });
        expect(watched.model.calls.length).toBeLessThan(maxCalls);
      }),
      seeded,
    );
  }, 180_000);

  it.each<{ because: string; metadata?: object; view?: ProviderView }>([
    { because: 'it is paused', metadata: { [Annotation.Paused]: 'true' } },
    { because: 'nobody answers', view: aProvider({ unavailable: unreachable }) },
    { because: 'another hypervisor answers', view: aProvider({ hypervisorId: 'hv-2' }) },
  ])(
    'sends nothing, and lets nothing go, while $because',
    async ({ metadata, view }) => {
      await fc.assert(
        fc.asyncProperty(
          start.filter(({ bound }) => bound !== undefined),
          async (each) => {
            const watched = begin({ ...each, annotations: { ...each.annotations, ...metadata }, events: [] });
            if (view) watched.life.view = view;
            await watched.run();
            expect(watched.broken).toEqual([]);
            expect(watched.model.calls).toEqual([]);
            expect(watched.life.vm?.metadata.finalizers).toEqual([Finalizer.VirtualMachine]);
          },
        ),
        { ...seeded, numRuns: 200 },
      );
    },
    60_000,
  );
});

function begin({ spec, bound, isDeleting, annotations, ...script }: Start): WatchedLife {
  const status = bound && {
    binding,
    ...(bound.isKnown && { id: 'vm-1' }),
    ...(bound.task && { task: { ...bound.task, kind: 'Create', startedAt: '2026-01-02T03:04:00Z' } }),
  };
  const watched = new WatchedLife({
    ...script,
    vm: {
      spec,
      ...(status && { status: status }),
      metadata: {
        annotations,
        finalizers: bound || isDeleting ? [Finalizer.VirtualMachine] : [],
        ...(isDeleting && { deletionTimestamp: '2026-01-02T03:04:00Z' }),
      },
    },
  });
  if (bound?.machine) withMachine(watched, bound.machine);
  if (bound) watched.life.memory.update(uid, { createUntilMs: bound.createUntilMs });
  return watched;
}

/** Where it has come to, by the object and by the hypervisor's own word. */
function endOf({ life, model }: WatchedLife): object {
  const there = model.vms.get(uid);
  if (!life.vm) return { object: 'gone', there: there?.id, released: model.released.length };
  const power = there && Object.entries(PowerState).find(([, value]) => value === there.powerState)?.[0];
  return { object: life.ready(), power, cpus: there?.cpus };
}

function expectedEnd({ spec, bound, isDeleting }: Start): object {
  const machine = bound?.machine;
  // A half-made one is of no use to anybody.
  const isWhole = machine !== undefined && (bound?.isKnown === true || machine.lifecycle === Lifecycle.READY);
  if (isDeleting) {
    const released = spec.deletionPolicy === 'Retain' && isWhole ? 1 : 0;
    return { object: 'gone', there: undefined, released };
  }
  if (bound?.isKnown && !machine && spec.vanishedPolicy === 'Report') return { object: 'False Vanished' };
  const isStuck =
    machine?.lifecycle === Lifecycle.READY &&
    machine.powerState === PowerState.SUSPENDED &&
    machine.powerReason !== PowerReason.USER;
  if (isStuck && spec.powerState === 'On')
    return { object: 'False SuspendedByHypervisor', power: 'SUSPENDED', cpus: 2 };
  return { object: 'True Settled', power: spec.powerState === 'On' ? 'ON' : 'OFF', cpus: 2 };
}
